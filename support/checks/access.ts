import type { BackupServerFacts } from '../facts/backup-server.ts';
import type { FrontendFacts } from '../facts/frontend.ts';
import type { HypervisorFacts } from '../facts/hypervisor.ts';
import type { Login } from '../facts/login.ts';
import type { Failure } from '../shell/shell.ts';
import type { Site } from '../site/schema.ts';
import { noWayIn, unreadable } from './frontend.ts';
import { type Judgement, met } from './judgement.ts';

/** BDS-101: the front-end logs in to the backup server as RSYNC_USER without a password. */
export function frontendLogsIn(frontend: FrontendFacts, server: BackupServerFacts, site: Site): Judgement {
  return noWayIn(frontend, site) ?? judgeLogin(server.login, site.datastore.rsync_user, { agent: false });
}

/** BDS-102: every hypervisor does, over the path OpenNebula's driver takes. */
export function hypervisorsLogIn(frontend: FrontendFacts, hypervisors: readonly HypervisorFacts[], site: Site): Judgement[] {
  const barrier = noWayIn(frontend, site);
  if (barrier) return [barrier];
  const { hosts } = frontend;
  if ('fault' in hosts) return [unreadable(frontend, hosts.fault, 'hosts')];
  if (hypervisors.length === 0) return [noHypervisor(frontend, hosts.value.length)];
  return hosts.value.map(({ name }) => {
    const facts = hypervisors.find((candidate) => candidate.host.name === name);
    return facts ? { ...judgeHypervisor(facts, frontend, site), machine: name } : offline(name);
  });
}

function judgeHypervisor({ host, survey, login }: HypervisorFacts, frontend: FrontendFacts, site: Site): Judgement {
  if (login) return judgeLogin(login, site.datastore.rsync_user, { agent: true });
  const firstLeg = { from: frontend.hostname, to: host.name, evidence: [survey.asked] };
  const failure = survey.failure ?? { kind: 'stuck' as const, message: 'let us in, but answered none of our questions' };
  return judgeLogin({ ...firstLeg, failure }, site.account, { agent: false });
}

function judgeLogin({ from, to, failure, evidence }: Login, user: string, { agent }: { agent: boolean }): Judgement {
  if (!failure) return met({ evidence });
  const outcome = failure.kind === 'refused' ? 'not-met' : 'undetermined';
  const reason = `${from} → ${to}: expected a login as ${user} without a password, found “${failure.message}”. ${advice(failure, from, to, user, agent)}`;
  return { outcome, reason, evidence };
}

/** What to do next, after the client's own words. The agent is spoken of where the driver lends its key. */
function advice({ kind, message }: Failure, from: string, to: string, user: string, agent: boolean): string {
  if (/Host key verification failed|host key is known|IDENTIFICATION HAS CHANGED/.test(message)) {
    return `Compare the key ${to} shows with the one in known_hosts on ${from}. If ${to} was reinstalled, run there: ssh-keygen -R ${to}`;
  }
  if (/Permission denied|authentication failures/.test(message)) {
    const lend = agent ? `, start opennebula-ssh-agent on the front-end, and allow agent forwarding on ${from}` : '';
    return `Add the front-end's public key to ~${user}/.ssh/authorized_keys on ${to}${lend}.`;
  }
  if (/Connection refused/.test(message)) return `Start sshd on ${to}: systemctl start ssh`;
  if (/resolve hostname/.test(message)) return `Make the name ${to} known on ${from}, in DNS or /etc/hosts.`;
  if (kind === 'silent') return `Is ${to} up, and does a firewall let ${from} in on port 22?`;
  if (kind === 'stuck') return `Log in by hand and look: ssh ${to}`;
  return `Try it on ${from}: ssh ${user}@${to} hostname`;
}

function noHypervisor(frontend: FrontendFacts, listed: number): Judgement {
  const found = listed === 0 ? 'it lists none' : `all ${listed} are OFFLINE`;
  return {
    outcome: 'undetermined',
    reason: `${frontend.hostname}: expected at least one hypervisor in use in OpenNebula, found: ${found}. Add a host (onehost create) or enable one (onehost enable), then run the audit again.`,
    evidence: answerOf(frontend, 'hosts'),
  };
}

function offline(machine: string): Judgement {
  return {
    outcome: 'not-applicable',
    reason: `${machine} is OFFLINE in OpenNebula: no virtual machine runs there.`,
    machine,
    evidence: [],
  };
}

const answerOf = (frontend: FrontendFacts, name: string) => [frontend.survey.answers.get(name) ?? frontend.survey.asked];
