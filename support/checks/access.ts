import type { BackupServerFacts } from '../facts/backup-server.ts';
import type { FrontendFacts } from '../facts/frontend.ts';
import type { HypervisorFacts } from '../facts/hypervisor.ts';
import type { Login } from '../facts/login.ts';
import { LET_IN } from '../machines/hop.ts';
import type { ShownKey } from '../machines/openssh.ts';
import type { Failure } from '../machines/shell.ts';
import { type Judgement, met, withoutStop } from '../outcome/judgement.ts';
import { isNamed } from '../outcome/outcome.ts';
import type { Site } from '../site/schema.ts';
import { answersOf, eachHypervisor, notLetIn, noWayIn, poolOf } from './barriers.ts';
import { firstLine, hangs, unanswered } from './programs.ts';

/** BDS-101: the front-end logs in to the backup server as RSYNC_USER without a password. */
export function frontendLogsIn(frontend: FrontendFacts, server: BackupServerFacts, site: Site): Judgement {
  return noWayIn(frontend, site) ?? judgeLogin(server.login, site.datastore.rsync_user);
}

/** BDS-102: every hypervisor does, over the path OpenNebula's driver takes. */
export function hypervisorsLogIn(frontend: FrontendFacts, hypervisors: readonly HypervisorFacts[], site: Site): Judgement[] {
  return eachHypervisor(frontend, hypervisors, site, (facts) => judgeHypervisor(facts, frontend, site), { evenWhenShut: true });
}

function judgeHypervisor({ host, survey, login }: HypervisorFacts, frontend: FrontendFacts, site: Site): Judgement {
  if (login) return judgeLogin(login, site.datastore.rsync_user, { agent: true });
  const failure = survey.failure ?? { kind: 'stuck' as const, message: 'let us in, but did not answer' };
  return judgeLogin({ from: frontend.hostname, to: host.name, evidence: [survey.asked], failure }, site.account);
}

function judgeLogin({ from, to, failure, evidence }: Login, user: string, { agent = false } = {}): Judgement {
  if (!failure) return met({ evidence });
  const outcome = failure.kind === 'refused' ? 'not-met' : 'undetermined';
  const reason = `${from} → ${to}: expected a login as ${user} without a password, found “${withoutStop(failure.message)}”. ${advice(failure, from, to, user, agent)}`;
  return { outcome, reason, evidence };
}

/** What to do next, after the client's own words. The agent is spoken of where the driver lends its key. */
function advice({ kind, message }: Failure, from: string, to: string, user: string, agent: boolean): string {
  if (/Host key verification failed|host key is known|IDENTIFICATION HAS CHANGED/.test(message)) {
    return `Compare the key ${to} shows with the one in known_hosts on ${from}. If ${to} was reinstalled, run there: ssh-keygen -R ${to}. If none is known there yet, log in once by hand: ssh ${to}`;
  }
  if (/Permission denied \(|authentication failures/.test(message)) {
    const lend = agent ? `, start opennebula-ssh-agent on the front-end, or allow agent forwarding on ${from}` : '';
    return `Add the front-end's public key to ~${user}/.ssh/authorized_keys on ${to}${lend}.`;
  }
  if (/Connection refused/.test(message)) return `Start sshd on ${to}: systemctl start ssh`;
  const unknown = /resolve hostname ([^\s:]+)/.exec(message)?.[1];
  if (unknown !== undefined) return `Make the name ${unknown} known on ${from}, in DNS or /etc/hosts.${elsewhere(unknown, to, from)}`;
  if (kind === 'silent') return `Is ${to} up, and does a firewall let ${from} in on port 22?`;
  if (kind === 'interrupted') return 'Run it again.';
  if (kind === 'stuck') return `Log in by hand and look: ssh ${to}`;
  return `Try it on ${from}: ssh ${user}@${to} hostname`;
}

/** The name that is not known may be that of another machine, on the way. */
function elsewhere(unknown: string, to: string, from: string): string {
  return unknown === to.toLowerCase() ? '' : ` It is not ${to} itself: the settings of ssh on ${from} name it (ssh -G ${to}).`;
}

/** BDS-103: the front-end's SSH agent is there and holds a key that the backup server accepts. */
export function agentHoldsKey(
  frontend: FrontendFacts,
  server: BackupServerFacts,
  hypervisors: readonly HypervisorFacts[],
  site: Site,
): Judgement {
  const barrier = noWayIn(frontend, site);
  if (barrier) return barrier;
  const agent = frontend.survey.answers.get('agent');
  const evidence = answersOf(frontend, 'agent');
  const expected = `${frontend.hostname}: expected an SSH agent on ${site.ssh_agent_socket} with a key that ${server.login.to} accepts`;
  const own = hypervisors
    .filter((facts) => facts.login && !facts.login.failure && facts.survey.answers.get('keys')?.stdout)
    .map(({ host }) => host.name);
  const ownKeys = own.length > 0 ? ` ${own.join(', ')} got in with a key of their own, which the driver does not rely on.` : '';
  const unmet = (found: string, next: string): Judgement => ({
    outcome: 'not-met',
    reason: `${expected}, found ${found}.${ownKeys} ${next}`,
    evidence,
  });

  if (!agent || hangs(agent))
    return {
      outcome: 'undetermined',
      reason: `${expected}, found no answer to “ssh-add -l” in time. Look at the agent: systemctl status opennebula-ssh-agent`,
      evidence,
    };
  if (agent.exitCode === 127)
    return {
      outcome: 'undetermined',
      reason: `${expected}, but ssh-add is not on the front-end to ask it. Install openssh-client.`,
      evidence,
    };
  if (agent.exitCode === 1) return unmet('an agent that holds no key', `Add it: SSH_AUTH_SOCK=${site.ssh_agent_socket} ssh-add`);
  if (agent.exitCode !== 0) return unmet(`none: ${agent.stderr.trim()}`, 'Start it: systemctl start opennebula-ssh-agent');
  // As OpenSSH of all times lists a key: its size, its fingerprint, whose it is.
  if (!agent.stdout.split('\n').some((line) => /^\d+ \S+:\S+ /.test(line)))
    return {
      outcome: 'undetermined',
      reason: `${expected}, found an answer that names no key: ${inQuotes(agent.stdout)}. Ask it by hand: SSH_AUTH_SOCK=${site.ssh_agent_socket} ssh-add -l`,
      evidence,
    };
  const { failure } = server.agentLogin;
  if (failure && /Permission denied \(|authentication failures/.test(failure.message)) {
    return unmet(
      `an agent with keys, none of which is accepted: ${withoutStop(failure.message)}`,
      `Add one of them to ~${site.datastore.rsync_user}/.ssh/authorized_keys on ${server.login.to}.`,
    );
  }
  const both = [...evidence, ...server.agentLogin.evidence];
  // The key was taken; that the account runs no commands after that is BDS-101's.
  const unasked = failure !== undefined && !failure.message.startsWith(LET_IN);
  if (unasked && !server.login.failure)
    return {
      outcome: 'undetermined',
      reason: `${expected}, but whether it accepts the agent's could not be asked: ${withoutStop(failure.message)}. Run it again.`,
      evidence: both,
    };
  // That nobody gets in at all is BDS-101's.
  if (unasked)
    return met({
      evidence: both,
      note: `The agent holds a key; whether ${server.login.to} accepts it could not be asked (${failure.message}).`,
    });
  return met({ evidence: both });
}

/** BDS-104: a login to the backup server prints nothing of its own. */
export function loginIsQuiet(
  frontend: FrontendFacts,
  server: BackupServerFacts,
  hypervisors: readonly HypervisorFacts[],
  site: Site,
): Judgement {
  const barrier = notLetIn(frontend, server, site);
  if (barrier) return barrier;
  const { to } = server.login;
  const evidence = [server.survey.asked];
  const expected = `${to}: expected a login as ${site.datastore.rsync_user} without a terminal to print nothing of its own`;
  const next = `rsync takes every such word for a part of its protocol, and the backup fails. Print it for terminals only: in ~/.bashrc, return early with  case $- in *i*) ;; *) return ;; esac`;
  if (server.survey.answers.size === 0) return unanswered(server.survey, expected);
  if (server.survey.noise !== '')
    return { outcome: 'not-met', reason: `${expected}, found ${inQuotes(server.survey.noise)}. ${next}`, evidence };
  const confused = hypervisors
    .map(({ survey }) => survey.answers.get('handshake'))
    .filter((answer) => answer !== undefined)
    .filter(({ stderr }) => /is your shell clean/.test(stderr));
  if (confused.length > 0)
    return {
      outcome: 'not-met',
      reason: `${expected}, found that rsync from ${confused.map(({ machine }) => machine).join(', ')} was greeted with something else. ${next}`,
      evidence: confused,
    };
  const noisy = hypervisors.filter(({ survey }) => survey.noise !== '').map(({ host }) => host.name);
  const note = `${noisy.join(', ')}: a login prints text of its own there, too. Backups succeed all the same.`;
  return met({ evidence, ...(noisy.length > 0 && { note }) });
}

/** The first line of it that says something; control characters are spelt out. */
function inQuotes(text: string): string {
  if (text.trim() === '') return 'blank lines';
  const line = firstLine(text).replace(/\p{Cc}/gu, (character) => JSON.stringify(character).slice(1, -1));
  return `“${line.length > 80 ? `${line.slice(0, 80)}…` : line}”`;
}

/** BDS-105: the host key the backup server shows is the one that is known, on each machine that looks, and the same for all. */
export function hostKeyIsKnown(
  frontend: FrontendFacts,
  server: BackupServerFacts,
  hypervisors: readonly HypervisorFacts[],
  site: Site,
): Judgement[] {
  const pool = poolOf(frontend, site, frontend.hosts, 'hosts');
  if ('barrier' in pool) return [pool.barrier];
  const common = commonKeys([server.login, ...hypervisors.map(({ login }) => login)].flatMap((login) => login?.hostKey ?? []));
  const judgeKey = (login: Login): Judgement => ({ ...(differingKey(login, common) ?? judgeHostKey(login)), machine: login.from });
  const hosts = eachHypervisor(frontend, hypervisors, site, ({ login, host }) =>
    login ? judgeKey(login) : { outcome: 'blocked', reason: `Not tried: ${host.name} did not answer, see BDS-102.`, evidence: [] },
  );
  return [judgeKey(server.login), ...hosts];
}

function judgeHostKey({ from, to, hostKey, evidence }: Login): Judgement {
  if (!hostKey)
    return {
      outcome: 'blocked',
      reason: `Not tried: ${from} did not get as far as ${to}'s host key, see BDS-101 and BDS-102.`,
      evidence,
    };
  const { type, fingerprint, standing } = hostKey;
  if (standing === 'stored') return met({ evidence });
  if (standing === 'new')
    return met({
      evidence,
      note: `${from} does not have ${to}'s key yet; its settings take a new one unseen. OpenNebula's first login stores it.`,
    });
  return {
    outcome: 'not-met',
    reason: `${from} → ${to}: expected the host key that is known on ${from}, found ${type} ${fingerprint}, which is not. Compare it on ${to}: ssh-keygen -lf <(cat /etc/ssh/ssh_host_*_key.pub). If it is right, replace the old one on ${from}: ssh-keygen -R ${to}`,
    evidence,
  };
}

/** By type of key, the fingerprint that most machines see; of several that so many see, the first. */
function commonKeys(shown: readonly ShownKey[]): ReadonlyMap<string, string> {
  const byType = [...Map.groupBy(shown, ({ type }) => type)];
  return new Map(
    byType.map(([type, keys]) => {
      const seen = [...Map.groupBy(keys, ({ fingerprint }) => fingerprint)].map(([fingerprint, { length }]) => ({ fingerprint, length }));
      return [type, seen.reduce((most, other) => (other.length > most.length ? other : most)).fingerprint];
    }),
  );
}

/** Not-met where a machine takes for known a key of the same type that differs from the one most machines see. */
function differingKey({ from, to, hostKey, evidence }: Login, common: ReadonlyMap<string, string>): Judgement | undefined {
  if (!hostKey || hostKey.standing === 'refused') return undefined;
  const expected = common.get(hostKey.type);
  if (expected === hostKey.fingerprint) return undefined;
  const reason = `${from} → ${to}: expected the host key that the other machines see, ${expected}, found ${hostKey.fingerprint}. Do all machines resolve ${to} to the same server? Compare: getent hosts ${to}`;
  return { outcome: 'not-met', reason, evidence };
}

/** BDS-106: OpenNebula's hypervisors are the declared ones, both ways. */
export function hypervisorsAreDeclared(frontend: FrontendFacts, site: Site): Judgement | Judgement[] {
  const { hosts: declared } = site;
  if (declared === 'all')
    return {
      outcome: 'not-applicable',
      reason: 'The site file declares no list of hosts (hosts: all), so there is nothing to compare with.',
      evidence: [],
    };
  const pool = poolOf(frontend, site, frontend.hosts, 'hosts');
  if ('barrier' in pool) return pool.barrier;
  const listed = pool.value.map(({ name }) => name);
  const evidence = answersOf(frontend, 'hosts');
  const missing = declared
    .filter((name) => !listed.includes(name))
    .map((machine): Judgement => {
      const whole = listed.find((name) => isNamed(name, machine));
      const remedy =
        whole === undefined
          ? `Add it (onehost create ${machine}), or take it out of the site file.`
          : `OpenNebula calls it ${whole}: let the site file do so, too.`;
      const reason = `${machine}: expected in OpenNebula's list of hosts, as the site file declares, found it missing. ${remedy}`;
      return { outcome: 'not-met', machine, evidence, reason };
    });
  const judged = pool.value.map(({ name: machine, state }): Judgement => {
    if (declared.includes(machine)) return met({ machine, evidence });
    const short = declared.find((name) => isNamed(machine, name));
    const remedy =
      short === undefined
        ? `Add it to the site file, or remove it (onehost delete ${machine}).`
        : `The site file calls it ${short}: write ${machine} there.`;
    const reason = `${machine}: expected only hosts that the site file declares, found this one, too. ${remedy}`;
    return state === 'off'
      ? { outcome: 'not-applicable', reason: `${machine} is OFFLINE in OpenNebula.`, machine, evidence: [] }
      : { outcome: 'not-met', reason, machine, evidence };
  });
  return [...judged, ...missing];
}
