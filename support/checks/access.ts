import { type HostFacts, subjectOf } from '../facts/host.ts';
import type { Login } from '../facts/login.ts';
import type { Failure, ShownKey } from '../machines/shell.ts';
import { inQuotes } from '../machines/words.ts';
import { blockedBy, expecting, type Judgement, notApplicable, withoutStop } from '../outcome/judgement.ts';
import { isNamed, type Subject } from '../outcome/subject.ts';
import { check } from './check.ts';

/** BDS-101: the front-end logs in to the backup server as RSYNC_USER without a password. */
export const frontendLogsIn = check('BDS-101', ['server'], ({ server, site }) => judgeLogin(server.login, site.datastore.rsync_user));

/** BDS-102: every host does, over the path OpenNebula's driver takes; one that did not let the front-end in is judged by that. */
export const hostsLogIn = check('BDS-102', ['hosts'], ({ frontend, hosts, site }) =>
  hosts.map(({ host, login, failure = silent, asked }) => {
    const subject = subjectOf(host);
    if (login) return judgeLogin(login, site.datastore.rsync_user, { subject, agent: true });
    return judgeLogin({ from: frontend.name, to: host.name, failure, evidence: asked }, site.account, { subject });
  }),
);

const silent: Failure = { kind: 'stuck', message: 'let us in, but did not answer' };

interface Way {
  readonly subject?: Subject;
  /** The driver lends the agent's key on it. */
  readonly agent?: boolean;
}

function judgeLogin({ from, to, failure, evidence }: Login, user: string, { subject, agent = false }: Way = {}): Judgement {
  const expected = expecting(`${from} → ${to}`, `a login as ${user} without a password`);
  const more = { evidence, ...(subject && { subject }) };
  if (!failure) return expected.met(more);
  const found = { ...more, found: `“${withoutStop(failure.message)}”`, fix: advice(failure, from, to, user, agent) };
  return failure.kind === 'refused' ? expected.notMet(found) : expected.undetermined(found);
}

/** What to do next. */
function advice({ kind, reason, name = '' }: Failure, from: string, to: string, user: string, agent: boolean): string {
  switch (reason) {
    case 'host-key':
      return `Compare the key ${to} shows with the one in known_hosts on ${from}. If ${to} was reinstalled, run there: ssh-keygen -R ${to}. If none is known there yet, log in once by hand: ssh ${to}`;
    case 'denied': {
      const lend = agent ? `, start opennebula-ssh-agent on the front-end, or allow agent forwarding on ${from}` : '';
      return `Add the front-end's public key to ~${user}/.ssh/authorized_keys on ${to}${lend}.`;
    }
    case 'port-closed':
      return `Start sshd on ${to}: systemctl start ssh`;
    case 'unknown-name': {
      // The name that is not known may be that of another machine, on the way.
      const elsewhere = name === to.toLowerCase() ? '' : ` It is not ${to} itself: the settings of ssh on ${from} name it (ssh -G ${to}).`;
      return `Make the name ${name} known on ${from}, in DNS or /etc/hosts.${elsewhere}`;
    }
  }
  if (kind === 'silent') return `Is ${to} up, and does a firewall let ${from} in on port 22?`;
  if (kind === 'interrupted') return 'Run it again.';
  if (kind === 'stuck') return `Log in by hand and look: ssh ${to}`;
  return `Try it on ${from}: ssh ${user}@${to} hostname`;
}

/** BDS-103: the front-end's SSH agent is there and holds a key that the backup server accepts. */
export const agentHoldsKey = check('BDS-103', ['server', 'hosts'], ({ frontend, server, hosts, site }) => {
  const { agent } = frontend;
  const { to } = server.login;
  const socket = site.ssh_agent_socket;
  const expected = expecting(frontend.name, `an SSH agent on ${socket} with a key that ${to} accepts`);
  if ('fault' in agent) return expected.unseen(agent);
  const own = hosts.filter(({ login, keys }) => login && !login.failure && 'value' in keys && keys.value.length > 0);
  const names = own.map(({ host }) => host.name).join(', ');
  const ownKeys = own.length > 0 ? `; ${names} got in with a key of their own, which the driver does not rely on` : '';
  const unmet = (found: string, fix: string) =>
    expected.notMet({ found: `${withoutStop(found)}${ownKeys}`, fix, evidence: agent.evidence });
  if (agent.value.state === 'empty') return unmet('an agent that holds no key', `Add it: SSH_AUTH_SOCK=${socket} ssh-add`);
  if (agent.value.state === 'absent') return unmet(`none: ${agent.value.said}`, 'Start it: systemctl start opennebula-ssh-agent');
  const { failure, evidence: answers } = server.agentLogin;
  if (failure?.reason === 'denied')
    return unmet(
      `an agent with keys, none of which is accepted: ${failure.message}`,
      `Add one of them to ~${site.datastore.rsync_user}/.ssh/authorized_keys on ${to}.`,
    );
  const evidence = [...agent.evidence, ...answers];
  // The key was taken; that the account runs no commands after that is BDS-101's.
  if (!failure || failure.reason === 'no-commands') return expected.met({ evidence });
  // That nobody gets in at all is BDS-101's.
  if (server.login.failure)
    return expected.met({ evidence, note: `The agent holds a key; whether ${to} accepts it could not be asked (${failure.message}).` });
  const found = `that it could not be asked whether it accepts the agent's: ${withoutStop(failure.message)}`;
  return expected.undetermined({ found, fix: 'Run it again.', evidence });
});

/** BDS-104: a login to the backup server prints nothing of its own. */
export const loginIsQuiet = check('BDS-104', ['server', 'hosts'], ({ server: { name, noise }, hosts, site }) => {
  const expected = expecting(name, `a login as ${site.datastore.rsync_user} without a terminal to print nothing of its own`);
  if ('fault' in noise) return expected.unseen(noise);
  const fix = `rsync takes every such word for a part of its protocol, and the backup fails. Print it for terminals only: in ~/.bashrc, return early with  case $- in *i*) ;; *) return ;; esac`;
  if (noise.value !== '') return expected.notMet({ found: inQuotes(noise.value), fix, evidence: noise.evidence });
  const greeted = hosts.filter(({ handshake }) => 'value' in handshake && handshake.value.state === 'greeted');
  const names = (of: readonly HostFacts[]) => of.map(({ host }) => host.name).join(', ');
  if (greeted.length > 0) {
    const found = `that rsync from ${names(greeted)} was greeted with something else`;
    return expected.notMet({ found, fix, evidence: greeted.flatMap(({ handshake }) => handshake.evidence) });
  }
  const noisy = hosts.filter((host) => host.noise !== '');
  const note = `${names(noisy)}: a login prints text of its own there, too. Backups succeed all the same.`;
  return expected.met({ evidence: noise.evidence, ...(noisy.length > 0 && { note }) });
});

/** BDS-105: the host key the backup server shows is the one that is known, on each machine that looks, and the same for all. */
export const hostKeyIsKnown = check('BDS-105', ['server', 'hosts'], ({ server, hosts }) => {
  const common = commonKeys([server.login, ...hosts.map(({ login }) => login)].flatMap((login) => login?.hostKey ?? []));
  const onHosts = hosts.map(({ host, login }) => {
    const subject = subjectOf(host);
    return login ? judgeHostKey(login, common, subject) : blockedBy('BDS-102', `got no answer from ${host.name}`, { subject });
  });
  return [judgeHostKey(server.login, common, { kind: 'machine', name: server.login.from }), ...onHosts];
});

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

function judgeHostKey({ from, to, hostKey, evidence }: Login, common: ReadonlyMap<string, string>, subject: Subject): Judgement {
  if (!hostKey)
    return blockedBy(subject.kind === 'host' ? 'BDS-102' : 'BDS-101', `did not get from ${from} as far as ${to}'s host key`, { subject });
  const { type, fingerprint, standing } = hostKey;
  const where = `${from} → ${to}`;
  if (standing === 'refused')
    return expecting(where, `the host key that is known on ${from}`).notMet({
      found: `${type} ${fingerprint}, which is not`,
      fix: `Compare it on ${to}: ssh-keygen -lf <(cat /etc/ssh/ssh_host_*_key.pub). If it is right, replace the old one on ${from}: ssh-keygen -R ${to}`,
      subject,
      evidence,
    });
  const most = common.get(type);
  const expected = expecting(where, `the host key that the other machines see, ${most}`);
  if (fingerprint !== most) {
    const fix = `Do all machines resolve ${to} to the same server? Compare: getent hosts ${to}`;
    return expected.notMet({ found: fingerprint, fix, subject, evidence });
  }
  const note = `${from} does not have ${to}'s key yet; its settings take a new one unseen. OpenNebula's first login stores it.`;
  return expected.met({ subject, evidence, ...(standing === 'new' && { note }) });
}

/** BDS-106: OpenNebula's hypervisors are the declared ones, both ways. */
export const hostsAreDeclared = check('BDS-106', [], ({ frontend: { name: machine, hosts }, site: { hosts: declared } }) => {
  if (declared === 'all')
    return notApplicable('The site file declares no list of hosts (hosts: all), so there is nothing to compare with.');
  if ('fault' in hosts) return expecting(machine, 'OpenNebula to list its hosts').unseen(hosts);
  const { value, evidence } = hosts;
  const judged = value.map((host): Judgement => {
    const { name, state } = host;
    const subject = subjectOf(host);
    const expected = expecting(name, 'only hosts that the site file declares');
    if (declared.includes(name)) return expected.met({ subject, evidence });
    if (state === 'off') return notApplicable(`${name} is OFFLINE in OpenNebula.`, { subject });
    const short = declared.find((other) => isNamed(name, other));
    const fix =
      short === undefined
        ? `Add it to the site file, or remove it (onehost delete ${name}).`
        : `The site file calls it ${short}: write ${name} there.`;
    return expected.notMet({ found: 'this one, too', fix, subject, evidence });
  });
  const listed = value.map(({ name }) => name);
  const missing = declared.filter((name) => !listed.includes(name));
  const absent = missing.map((name): Judgement => {
    const whole = listed.find((other) => isNamed(other, name));
    const fix =
      whole === undefined
        ? `Add it (onehost create ${name}), or take it out of the site file.`
        : `OpenNebula calls it ${whole}: let the site file do so, too.`;
    const expected = expecting(name, "in OpenNebula's list of hosts, as the site file declares");
    return expected.notMet({ found: 'it missing', fix, subject: { kind: 'host', name }, evidence });
  });
  return [...judged, ...absent];
});
