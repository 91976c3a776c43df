import type { BackupServerFacts } from '../facts/backup-server.ts';
import type { FrontendFacts } from '../facts/frontend.ts';
import type { HypervisorFacts } from '../facts/hypervisor.ts';
import type { Read } from '../opennebula/ask.ts';
import type { Datastore, Host } from '../opennebula/pools.ts';
import type { Judgement } from '../outcome/judgement.ts';
import type { Evidence } from '../outcome/outcome.ts';
import type { Site } from '../site/schema.ts';

/** Undefined when we stand on the front-end as the account OpenNebula runs as; else why nothing can be learned through it. */
export function noWayIn(facts: FrontendFacts, site: Site): Judgement | undefined {
  const { survey, account } = facts;
  const evidence = [survey.asked];
  if (survey.failure) {
    const reason = `front-end (${site.frontend}): expected to be let in, found “${survey.failure.message}”. Nothing of the cloud could be looked at. Check the setting “frontend” and the login to it.`;
    return { outcome: 'undetermined', cause: 'the front-end', reason, evidence };
  }
  if (account !== site.account) {
    const found = account === '' ? 'no answer to “id -un”' : `we look as ${account}`;
    const reason = `front-end (${site.frontend}): expected to look as ${site.account}, the account whose logins the driver makes; found: ${found}. Run the suite as ${site.account}, for instance with sudo -u ${site.account} in front of the same command`;
    return { outcome: 'undetermined', cause: 'the front-end', reason, evidence };
  }
  return undefined;
}

/** What lies behind the door of the backup server is blocked while BDS-101 does not get in. */
export function notLetIn(frontend: FrontendFacts, { login }: BackupServerFacts, site: Site): Judgement | undefined {
  const barrier = noWayIn(frontend, site);
  if (barrier || !login.failure) return barrier;
  return { outcome: 'blocked', reason: `Not tried: the front-end does not get in at ${login.to}, see BDS-101.`, evidence: [] };
}

const subjects = { hosts: 'its hosts', datastores: 'its datastores', 'virtual-machines': 'its virtual machines' } as const;

/** What a pool that could not be read means for a requirement that needs it. */
function unreadable(facts: FrontendFacts, fault: string, answer: keyof typeof subjects): Judgement {
  return {
    outcome: 'undetermined',
    cause: 'OpenNebula by its command line',
    reason: `${facts.hostname}: expected OpenNebula to list ${subjects[answer]}, found: ${fault}`,
    evidence: answersOf(facts, answer),
  };
}

/** A pool, or the judgement that says why there is none. */
export function poolOf<T>(
  facts: FrontendFacts,
  site: Site,
  pool: Read<T>,
  answer: keyof typeof subjects,
): { readonly value: T } | { readonly barrier: Judgement } {
  const barrier = noWayIn(facts, site) ?? ('fault' in pool ? unreadable(facts, pool.fault, answer) : undefined);
  if (barrier) return { barrier };
  return pool as { readonly value: T };
}

/** The declared datastore, found by name; what needs it is blocked where BDS-402 does not find it. */
export function registered(facts: FrontendFacts, site: Site): { readonly value: Datastore } | { readonly barrier: Judgement } {
  const pool = poolOf(facts, site, facts.datastores, 'datastores');
  if ('barrier' in pool) return pool;
  const datastore = pool.value.find(({ name }) => name === site.datastore.name);
  if (datastore?.type === 'bck' && datastore.dsMad === 'rsync') return { value: datastore };
  return {
    barrier: {
      outcome: 'blocked',
      reason: `Not tried: OpenNebula lists no rsync backup datastore “${site.datastore.name}”, see BDS-402.`,
      evidence: [],
    },
  };
}

/**
 * Judges each hypervisor that OpenNebula lists. An OFFLINE one is not applicable; one that cannot be asked is blocked by BDS-102,
 * unless the check is told to judge that, too.
 */
export function eachHypervisor(
  frontend: FrontendFacts,
  hypervisors: readonly HypervisorFacts[],
  site: Site,
  judge: (facts: HypervisorFacts) => Judgement,
  options: { evenWhenShut?: boolean } = {},
): Judgement[] {
  const pool = poolOf(frontend, site, frontend.hosts, 'hosts');
  if ('barrier' in pool) return [pool.barrier];
  if (pool.value.every(({ state }) => state === 'off')) return [noHypervisor(frontend, pool.value)];
  return pool.value.map((host) => {
    if (host.state === 'off') return offline(host);
    const facts = hypervisors.find((candidate) => candidate.host.id === host.id);
    if (!facts) return { outcome: 'undetermined', reason: `${host.name} was not asked.`, machine: host.name, evidence: [] };
    const shut = facts.survey.failure && !options.evenWhenShut;
    return { ...(shut ? blockedByLogin(host) : judge(facts)), machine: host.name };
  });
}

function noHypervisor(frontend: FrontendFacts, listed: readonly Host[]): Judgement {
  const found = listed.length === 0 ? 'it lists none' : `all ${listed.length} are OFFLINE`;
  return {
    outcome: 'undetermined',
    reason: `${frontend.hostname}: expected at least one hypervisor in use in OpenNebula, found: ${found}. Add a host (onehost create) or enable one (onehost enable), then run the audit again.`,
    evidence: answersOf(frontend, 'hosts'),
  };
}

function offline({ name }: Host): Judgement {
  return {
    outcome: 'not-applicable',
    reason: `${name} is OFFLINE in OpenNebula: no virtual machine runs there.`,
    machine: name,
    evidence: [],
  };
}

function blockedByLogin({ name }: Host): Judgement {
  return { outcome: 'blocked', reason: `Not tried: the front-end does not get in at ${name}, see BDS-102.`, evidence: [] };
}

/** A front-end's answer, or where it is missing the whole conversation. */
export function answersOf({ survey }: FrontendFacts, ...names: readonly string[]): Evidence[] {
  return names.map((name) => survey.answers.get(name) ?? survey.asked);
}
