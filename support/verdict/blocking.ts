import { wayOut } from '../checks/advice.ts';
import { checks } from '../checks/all.ts';
import type { Check } from '../checks/check.ts';
import { failsByArguments, storedElsewhere } from '../checks/datastore.ts';
import { asksForRto } from '../checks/sample.ts';
import type { Asked, Audited } from '../facts/audited.ts';
import { bridgeFor, bridgesOf } from '../facts/bridge.ts';
import { type FrontendFacts, registeredDatastore } from '../facts/frontend.ts';
import { type GateFacts, testVm } from '../facts/gate.ts';
import { leftOut } from '../facts/host.ts';
import { scopeOf } from '../facts/scope.ts';
import type { Host, ListedVirtualMachine } from '../opennebula/pools.ts';
import type { Looked } from '../outcome/evidence.ts';
import { blockedBy, expecting, firstFew, INTERRUPTED, type Judgement, notApplicable, withoutStop } from '../outcome/judgement.ts';
import { type Outcome, worst } from '../outcome/outcome.ts';
import type { Site } from '../site/schema.ts';
import { waive } from './waivers.ts';

/** What must be there, or met, before a requirement can be looked at. Everything needs the front-end besides. */
export type Need =
  | 'hosts'
  | 'datastores'
  | 'VMs'
  | 'the test VM'
  /** VMs that are declared to be production. Where nobody has declared what production is owed, the requirement is not applicable. */
  | 'production'
  /** OpenNebula lists its backup images. */
  | 'backup images'
  /** The server that is looked at, unless somebody answers for backups on another. */
  | 'the server with the backups'
  /** What a gate begins with: the journal of what it makes. */
  | 'the test backup'
  /** A requirement, met; with a restriction where only a part of it matters, or only sometimes. */
  | `BDS-${number}`
  | `BDS-${number} ${'of each host' | 'of each bridge host' | 'of each image' | 'of the backup server' | 'of its host' | 'of its bridge host' | 'of its VM'}`
  | `BDS-${number} ${'where it keeps increments' | 'unless restored'}`
  /** One of the two is met: then it is known how fast a restore is. */
  | 'BDS-601 or BDS-605'
  /** The datastore is there, whatever else is wrong with it. */
  | 'BDS-402 at all'
  /** Transfers do not fail by what the datastore has saved, and copy something; other drift is in nobody's way. */
  | 'BDS-404 of the arguments';

/** What the restore test, and all that builds on it, rests on. */
const road: readonly Need[] = [
  ...(['VMs', 'the test VM'] as const),
  ...([
    'BDS-101',
    'BDS-102 of its host',
    'BDS-104',
    'BDS-107 of its bridge host',
    'BDS-201',
    'BDS-203',
    'BDS-206 where it keeps increments',
  ] as const),
  ...(['BDS-301', 'BDS-303 of its host', 'BDS-305 of its host', 'BDS-306 of its host'] as const),
  ...(['BDS-402', 'BDS-403', 'BDS-404 of the arguments', 'BDS-405', 'BDS-407 of its VM'] as const),
];

/** What a sample of production rests on: the front-end and the backup server, no host. */
const sampled: readonly Need[] = [
  ...(['VMs', 'BDS-101', 'BDS-104', 'BDS-201', 'BDS-203', 'BDS-301'] as const),
  ...(['BDS-402', 'BDS-403', 'BDS-404 of the arguments', 'BDS-405'] as const),
];

/** What of its backups rests on besides: a chain, which each restore puts together, on 206. */
const ofImages: readonly Need[] = (['BDS-206', 'BDS-706', 'BDS-707'] as const).map((id): Need => `${id} of each image`);

/** What a VM that is backed up rests on besides, on its own host. */
const ofItsHost = ['BDS-102', 'BDS-303', 'BDS-305', 'BDS-306'] as const;

/** What canaries rest on; of each the rest is that of its host, and of the bridge host that sends its backup. */
const canaries: readonly Need[] = [
  ...sampled,
  'hosts',
  ...ofItsHost.map((id): Need => `${id} of each host`),
  'BDS-107 of each bridge host',
];

/** What blocks what. A requirement that is not named here needs what `needsOf` reads off what its check asks. */
export const blocking: Readonly<Record<string, readonly Need[]>> = {
  'BDS-101': [],
  'BDS-102': ['hosts'],
  'BDS-103': [],
  'BDS-104': ['BDS-101'],
  'BDS-105': ['hosts', 'BDS-102 of each host'],
  'BDS-106': ['hosts'],
  'BDS-107': ['datastores', 'BDS-402 at all', 'VMs'],
  'BDS-202': ['BDS-101', 'the test backup'],
  'BDS-205': ['datastores', 'hosts', 'BDS-102 of each host'],
  'BDS-303': ['hosts', 'BDS-102 of each host'],
  'BDS-304': ['VMs', 'hosts', 'BDS-102 of each host', 'BDS-101 of the backup server'],
  'BDS-401': [],
  'BDS-402': ['datastores'],
  'BDS-403': ['datastores', 'BDS-402 at all'],
  'BDS-404': ['datastores', 'BDS-402 at all'],
  'BDS-405': ['datastores', 'BDS-402 at all', 'BDS-101', 'the server with the backups'],
  'BDS-406': ['datastores', 'BDS-402 at all', 'VMs'],
  'BDS-407': ['datastores', 'BDS-402 at all', 'VMs', 'BDS-405'],
  'BDS-501': [...road, 'the test backup'],
  'BDS-502': ['BDS-501'],
  'BDS-503': ['BDS-502'],
  'BDS-504': ['BDS-502'],
  'BDS-601': ['BDS-502', 'BDS-504 unless restored'],
  'BDS-602': [...road, 'the test backup'],
  'BDS-603': ['BDS-601'],
  'BDS-604': [...canaries, 'the test backup'],
  'BDS-605': [...sampled, 'backup images', ...ofImages, 'the test backup'],
  'BDS-606': ['production', 'backup images', 'BDS-601 or BDS-605'],
  'BDS-701': ['production', 'datastores', 'BDS-402 at all', 'backup images'],
  'BDS-702': ['production', 'datastores'],
  'BDS-703': ['production', 'datastores', 'BDS-402 at all', 'backup images'],
  'BDS-704': ['production', 'datastores'],
  'BDS-705': ['production', 'datastores', 'BDS-402 at all', 'backup images'],
  'BDS-706': ['datastores', 'BDS-402 at all', 'backup images'],
  'BDS-707': ['datastores', 'BDS-402 at all', 'BDS-101', 'BDS-201', 'BDS-203', 'BDS-403', 'backup images'],
  'BDS-708': ['production', 'datastores', 'BDS-402 at all', 'backup images'],
};

/** What each step of a gate or a set-up needs to be taken at all. The clean-up of what earlier runs have left needs no more than the front-end. */
export const stepNeeds: Readonly<Record<keyof GateFacts, readonly Need[]>> = {
  registration: [],
  probe: ['BDS-101'],
  backup: road,
  files: road,
  chain: road,
  restore: road,
  boot: road,
  canaries,
  sample: [...sampled, 'backup images', ...ofImages],
  cleanUp: [],
};

/** Where a requirement is judged although something that it needs is not met. */
const judgedAnyway: Readonly<Record<string, (cloud: Audited) => boolean>> = {
  'BDS-106': ({ site }) => site.hosts === 'all',
  'BDS-107': (cloud) =>
    !frontendBarrier(cloud.frontend, cloud.site) && registeredDatastore(cloud) !== undefined && bridgesOf(cloud).length === 0,
  'BDS-203': ({ site }) => !site.datastore.mounted,
  'BDS-504': (cloud) => testVm(cloud)?.keepsIncrements === false,
  // What is left behind is left, whatever else is wrong.
  'BDS-602': ({ gate: { cleanUp } }) =>
    cleanUp !== undefined && 'value' in cleanUp && cleanUp.value.some(({ left, fault }) => left.length > 0 || fault !== undefined),
  'BDS-603': ({ site }) => !site.restore.boot,
  'BDS-604': ({ site }) => site.restore.canary === undefined,
  'BDS-605': ({ site }) => site.restore.sample === undefined,
  'BDS-606': ({ site }) => !asksForRto(site),
};

/** Whether it is a step, not a machine. */
export const isStep = (asked: Asked): asked is keyof GateFacts => asked in stepNeeds;

/** The requirement that a need names. */
function prerequisite(need: Need): Check | undefined {
  return checks.find(({ id }) => need.startsWith(id));
}

/** What a check needs: by the table, or by what it asks. */
export function needsOf({ id, asks }: Pick<Check, 'id' | 'asks'>): readonly Need[] {
  const byDefault = asks.flatMap((asked): readonly Need[] => {
    if (asked === 'server' || asked === 'stored') return ['BDS-101'];
    if (asked === 'hosts by another name' || asked === 'backups' || asked === 'quotas' || asked === 'missing') return [];
    if (asked === 'schedules') return ['VMs'];
    return asked === 'hosts' ? ['hosts', 'BDS-102 of each host'] : [...stepNeeds[asked], 'the test backup'];
  });
  return blocking[id] ?? byDefault;
}

/** All that must be asked to judge by a check, what its prerequisites ask included; machines first, steps in their order. */
export function asksOf(check: Pick<Check, 'id' | 'asks'>): readonly Asked[] {
  const before = needsOf(check).flatMap((need) => prerequisite(need) ?? []);
  const all = new Set([...before.flatMap(asksOf), ...check.asks]);
  return [...all].toSorted((a, b) => Number(isStep(a)) - Number(isStep(b)));
}

/** What a check's requirement comes to, and whether subject by subject; `planned` are the ids of all that this run judges. */
export function judge(check: Check, cloud: Audited, planned: readonly string[]): { perSubject: boolean; judgements: readonly Judgement[] } {
  const judged = withoutPlan(check, cloud);
  const judgements = judged.map((judgement) => onlyFirst(judgement, check.id, cloud, planned));
  return { judgements, perSubject: judgements.every(({ subject }) => subject !== undefined) };
}

/** Why a step is not taken; undefined where nothing is in its way. */
export function stepBarrier(step: keyof GateFacts, cloud: Audited): Judgement | undefined {
  return frontendBarrier(cloud.frontend, cloud.site) ?? unmet(stepNeeds[step], cloud);
}

/** Why a canary on that host is pointless; of one that was made by its id, too, which tells what bridge host sends its backup. */
export function canaryBarrier(cloud: Audited, canary: Backed): Judgement | undefined {
  const needs: readonly Need[] =
    canary.id === undefined ? ofItsHost.map((id): Need => `${id} of its host`) : ['BDS-107 of its bridge host'];
  return needs.map((need) => barrierBy(need, cloud, canary)).find((barrier) => barrier !== undefined);
}

/** Why no chain of increments can be put together on the backup server, as each restore of one does. */
export const chainBarrier = (cloud: Audited): Judgement | undefined => barrierBy('BDS-206', cloud);

/** Undefined when we stand on the front-end as the account OpenNebula runs as; else why nothing can be learned through it. */
export function frontendBarrier({ failure, account, asked: evidence }: FrontendFacts, site: Site): Judgement | undefined {
  const where = `front-end (${site.frontend})`;
  if (failure)
    return expecting(where, 'a login').undetermined({
      found: `“${failure.message}”`,
      fix:
        failure.reason === 'unknown-name'
          ? 'Correct “frontend” in the site file, or make the name known here.'
          : 'Check the setting “frontend” and the login to it.',
      ...{ evidence, cause: 'the front-end' },
    });
  if (account === site.account) return undefined;
  return expecting(where, `to run as ${site.account}, the account whose logins the driver makes`).undetermined({
    found: account === '' ? 'no answer to “id -un”' : `that it runs as ${account}`,
    fix: `Run the suite as ${site.account}, for instance with sudo -u ${site.account} in front of the same command.`,
    ...{ evidence, cause: 'the front-end' },
  });
}

function withoutPlan(check: Check, all: Audited): readonly Judgement[] {
  if (isUndeclared(check, all)) return [notApplicable('Nobody has declared what production is owed: the site file has no “protect”.')];
  const barrier = barrierOf(check, all);
  if (barrier) return [barrier];
  const needs = needsOf(check);
  const eachHost = needs.includes('BDS-102 of each host');
  const judged = [check.judge(eachHost ? ofOpenHosts(all) : all)].flat();
  const unheard = judged.find(({ outcome }) => !JUDGED.has(outcome));
  if (unheard) throw new Error(`${check.id}: its check says ${unheard.outcome}, which is no outcome of a check's`);
  const behindDoor = needs.includes('BDS-101 of the backup server') ? shutServer(all) : [];
  // Where it does not apply, it lacks no host.
  const ofHosts = check.asks.includes('hosts') && needs.includes('hosts') && !judgedAnyway[check.id]?.(all);
  const whole = ofHosts ? [...ofAllHosts(judged, all), ...behindDoor] : judged;
  if (whole.length === 0) throw new Error(`${check.id}: its check came to nothing`);
  return whole;
}

/** What a check may say. Waived is the verdict's to say. */
const JUDGED: ReadonlySet<Outcome> = new Set(['met', 'not-met', 'undetermined', 'blocked', 'not-applicable']);

/** The cloud with the hosts alone that let us in. What perhaps nobody asked is looked at only by whom it concerns. */
function ofOpenHosts(all: Audited): Audited {
  const open = all.hosts.filter(({ failure }) => failure === undefined);
  return Object.create(all, { hosts: { value: open, enumerable: true } }) as Audited;
}

/** Why a check is not called; undefined where all is there that it needs. */
function barrierOf(check: Pick<Check, 'id' | 'asks'>, cloud: Audited): Judgement | undefined {
  const barrier = isUndeclared(check, cloud) ? undefined : (frontendBarrier(cloud.frontend, cloud.site) ?? unmet(needsOf(check), cloud));
  return barrier && judgedAnyway[check.id]?.(cloud) ? undefined : barrier;
}

/** Whether it is about what production is owed, which nobody has declared. */
const isUndeclared = (check: Pick<Check, 'id' | 'asks'>, { site }: Audited): boolean =>
  !site.protect && needsOf(check).includes('production');

function unmet(needs: readonly Need[], cloud: Audited): Judgement | undefined {
  for (const need of needs) {
    const barrier = barrierBy(need, cloud);
    if (barrier) return barrier;
  }
  return undefined;
}

/** A VM that is to be backed up, as far as it matters where that is done. */
type Backed = Partial<Pick<ListedVirtualMachine, 'id' | 'host'>>;

function barrierBy(need: Need, cloud: Audited, vm: Backed | undefined = testVm(cloud)): Judgement | undefined {
  const { frontend } = cloud;
  if (need === 'hosts') return unlisted(frontend, frontend.hosts, 'its hosts');
  if (need === 'datastores') return unlisted(frontend, frontend.datastores, 'its datastores');
  if (need === 'VMs') return unlisted(frontend, frontend.virtualMachines, 'its VMs');
  if (need === 'the test VM') return noTestVm(cloud);
  if (need === 'production') return noProduction(cloud);
  if (need === 'backup images') return unlisted(frontend, cloud.backups.images, 'its images');
  if (need === 'the server with the backups') return acceptedElsewhere(cloud);
  // What the other server barred is tried, as somebody answers for it.
  if (need === 'BDS-405' && acceptedElsewhere(cloud)) return undefined;
  // Its own check says when it could not begin; of single subjects only those are blocked.
  if (need === 'the test backup' || /of (each host|each bridge host|each image|the backup server)$/.test(need)) return undefined;
  if (need === 'BDS-601 or BDS-605') return bothFailed(cloud);
  if (need.endsWith('where it keeps increments') && !testVm(cloud)?.keepsIncrements) return undefined;
  if (need.endsWith('unless restored') && cloud.gate.restore !== undefined) return undefined;
  if (need === 'BDS-402 at all' && registeredDatastore(cloud)) return undefined;
  if (need === 'BDS-404 of the arguments' && !failsByArguments(cloud)) return undefined;
  const check = prerequisite(need);
  if (!check) throw new Error(`${need}: there is no check of that requirement`);
  const barrier = barrierOf(check, cloud);
  if (barrier) return barrier;
  const judgements = concerned(need, withoutPlan(check, cloud), cloud, vm).map((judgement) => accepted(judgement, check, cloud));
  // Of what concerns nobody nothing is missing.
  if (judgements.length === 0) return undefined;
  const outcome = worst(judgements.map((judgement) => judgement.outcome));
  if (outcome === 'met' || (outcome === 'waived' && need !== 'BDS-402 at all')) return undefined;
  // Of a host it says that no backup can be made there.
  if (outcome === 'not-applicable') return need.endsWith('of its host') ? blockedBy(check.id, 'does not apply to its host') : undefined;
  return blockedBy(check.id, outcome === 'not-met' ? 'is not met' : outcome === 'blocked' ? 'is blocked itself' : 'could not be checked');
}

/** The judgement, waived where somebody answers for it: it bars nothing then. What a step of a gate did not bring about is not there, whoever answers for it. */
function accepted(judgement: Judgement, { id, asks }: Check, { accepted: by }: Audited): Pick<Judgement, 'outcome'> {
  return by && !asks.some(isStep) ? waive(judgement, id, by.waivers, by.day) : judgement;
}

/** Backups are on another server than the one that is looked at, and somebody answers for that. */
function acceptedElsewhere(cloud: Audited): Judgement | undefined {
  const [unseen, named] = [storedElsewhere(cloud), prerequisite('BDS-403')];
  const isAccepted = unseen && named && withoutPlan(named, cloud).some((each) => accepted(each, named, cloud).outcome === 'waived');
  return isAccepted ? unseen : undefined;
}

/** Undefined where either of the restores is met. */
function bothFailed(cloud: Audited): Judgement | undefined {
  const isMet = (id: Need) => {
    const check = prerequisite(id);
    return check && !barrierOf(check, cloud) && worst(withoutPlan(check, cloud).map(({ outcome }) => outcome)) === 'met';
  };
  return isMet('BDS-601') || isMet('BDS-605') ? undefined : blockedBy('BDS-601', 'and BDS-605 are both not tried or not met');
}

/** Of a prerequisite's judgements those that matter to a need. */
function concerned(need: Need, judgements: readonly Judgement[], cloud: Audited, vm: Backed | undefined): readonly Judgement[] {
  if (need.endsWith('of its VM')) return judgements.filter(({ subject }) => subject?.id === vm?.id);
  if (need.endsWith('of its host')) return judgements.filter(({ subject }) => subject?.name === vm?.host);
  if (!need.endsWith('of its bridge host')) return judgements;
  const bridge = bridgeFor(cloud, vm?.id ?? '');
  return judgements.filter(({ subject }) => subject !== undefined && subject.name === bridge?.name);
}

/** Undefined where OpenNebula lists the pool, and all of it. */
function unlisted({ name, user }: FrontendFacts, pool: Looked<unknown>, what: string): Judgement | undefined {
  const cause = 'OpenNebula by its command line';
  if (!('value' in pool)) return expecting(name, `OpenNebula to list ${what}`).unseen(pool, { cause });
  const expected = expecting(name, 'OpenNebula to be asked as a user who sees all of it');
  if ('fault' in user) return expected.unseen(user, { cause });
  if (user.value.seesAll) return undefined;
  return expected.undetermined({
    found: `user ${user.value.name} (${user.value.id}), who is not of the group oneadmin and sees a part`,
    fix: `Look which file ONE_AUTH names, else ~/.one/one_auth: it must hold a user of the group oneadmin.`,
    ...{ evidence: user.evidence, cause },
  });
}

/** States in which OpenNebula backs a VM up, or will as soon as a backup that is under way has ended. */
const BACKED_UP: ReadonlySet<string> = new Set(['RUNNING', 'POWEROFF', 'BACKUP', 'BACKUP_POWEROFF']);

/** Its id and name matched when the run began, unless OpenNebula could not be asked then. */
function noTestVm(cloud: Audited): Judgement | undefined {
  const { frontend, site } = cloud;
  const { test_vm: declared } = site;
  const { evidence } = frontend.virtualMachines;
  const cause = 'the test VM';
  const vm = testVm(cloud);
  if (!vm)
    return expecting(frontend.name, 'a VM to back up whose id and name are both as declared').undetermined({
      found: declared ? `no VM ${declared.name} (${declared.id})` : 'that the site file declares no test_vm',
      fix: 'Correct test_vm in the site file.',
      ...{ evidence, cause },
    });
  const { id, name, state } = vm;
  if (BACKED_UP.has(state)) return undefined;
  const way = wayOut(vm);
  return expecting(`${name} (${id})`, 'a test VM in state RUNNING or POWEROFF, of which OpenNebula makes backups').notMet({
    found: `it in state ${state}`,
    fix: `${way ? `Bring it to RUNNING: ${way}` : `Look why: onevm show ${id}`}. Or declare another test_vm.`,
    ...{ evidence, cause },
  });
}

/** Of none everything holds: a scope without a VM is no scope. */
function noProduction(cloud: Audited): Judgement | undefined {
  const { frontend } = cloud;
  const { virtualMachines } = frontend;
  const unseen = unlisted(frontend, virtualMachines, 'its VMs');
  if (unseen) return unseen;
  const { vms, unused, exceptions, unclear } = scopeOf(cloud) ?? { vms: [], unused: [], exceptions: [] };
  const cause = 'production';
  const expected = expecting(frontend.name, 'VMs of production, by “protect” in the site file');
  if (unclear) return expected.unseen(unclear, { cause });
  if (vms.length > 0) return undefined;
  const taken = exceptions.filter((each) => each.vms > 0).map(({ of, vms: count }) => `protect.except ${of} takes out ${count}`);
  const listed = 'value' in virtualMachines ? virtualMachines.value.length : 0;
  return expected.undetermined({
    found: `none among the ${listed} that OpenNebula lists. ${firstFew([...unused, ...taken].map(withoutStop))}`.trim(),
    fix: 'Correct “protect” in the site file, or take it out.',
    ...{ evidence: virtualMachines.evidence, cause },
  });
}

/** What lies behind the backup server's door, of a requirement that is judged of other machines, too. */
function shutServer(cloud: Audited): Judgement[] {
  const { failure, to } = cloud.server.login;
  // Where nobody is let in nothing can be tried, whoever answers for that.
  const barrier = failure ? barrierBy('BDS-101', Object.create(cloud, { accepted: { value: undefined } }) as Audited) : undefined;
  return barrier ? [{ ...barrier, subject: { kind: 'machine', name: to } }] : [];
}

/**
 * Judgements made complete: those of hosts that are not asked, of those that let nobody in, and that there is none at all. One of the requirement as a
 * whole stands for the hosts that were asked.
 */
function ofAllHosts(judged: readonly Judgement[], { frontend, hosts }: Audited): readonly Judgement[] {
  const listed = 'value' in frontend.hosts ? frontend.hosts.value : [];
  const isOf = ({ subject }: Judgement, { id, name }: (typeof listed)[number]) =>
    subject?.kind === 'host' && (subject.id === undefined ? subject.name === name : subject.id === id);
  const others = judged.filter((judgement) => !listed.some((host) => isOf(judgement, host)));
  const isWhole = judged.some(({ subject }) => subject === undefined);
  const failureOf = ({ id }: Host) => hosts.find(({ host }) => host.id === id)?.failure;
  const isGone = (host: Host) => host.state === 'off' && failureOf(host) !== undefined;
  if (listed.every((host) => leftOut(host) !== undefined || isGone(host)))
    return [
      ...others,
      expecting(frontend.name, 'at least one hypervisor host in use in OpenNebula').undetermined({
        found: noneOf(listed),
        fix: 'Add a host (onehost create) or enable one (onehost enable), then run the audit again.',
        evidence: frontend.hosts.evidence,
      }),
    ];
  return [
    ...others,
    ...listed.flatMap((host): Judgement | readonly Judgement[] => {
      const { id, name } = host;
      const subject = { kind: 'host', name, id } as const;
      const own = judged.filter((judgement) => isOf(judgement, host));
      if (own.length > 0) return own;
      const unused = leftOut(host);
      if (unused !== undefined) return notApplicable(unused, { subject });
      if (isGone(host)) return notApplicable(`${name} is OFFLINE in OpenNebula, and the front-end cannot log in to it.`, { subject });
      const failure = failureOf(host);
      if (failure?.kind === 'interrupted') return blockedBy('BDS-102', `could not be looked at: ${INTERRUPTED}`, { subject });
      if (failure) return blockedBy('BDS-102', `is not met: the front-end cannot log in to ${name}`, { subject });
      const wasAsked = hosts.some((asked) => asked.host.id === id);
      return wasAsked && isWhole ? [] : { outcome: 'undetermined', reason: `${name} was not asked.`, subject, evidence: [] };
    }),
  ];
}

/** Why none of the hosts is in use. */
function noneOf(listed: readonly Host[]): string {
  if (listed.length === 0) return 'that it lists none';
  if (listed.every(({ state }) => state === 'off')) return `that all ${listed.length} are OFFLINE`;
  return `that none is: ${firstFew(listed.map(({ name, state, vmMad }) => `${name} ${state === 'off' ? 'is OFFLINE' : `runs ${vmMad}`}`))}`;
}

/** What keeps several requirements from being looked at is said once, of the one with the lowest id; the others are blocked by that one. */
function onlyFirst(judgement: Judgement, id: string, cloud: Audited, planned: readonly string[]): Judgement {
  const { cause } = judgement;
  if (cause === undefined) return judgement;
  const kept = (other: Check) => {
    const barrier = barrierOf(other, cloud);
    return barrier ? barrier.cause === cause : cause === 'the test backup' && needsOf(other).includes(cause);
  };
  const first = checks.find((other) => other.id < id && planned.includes(other.id) && kept(other));
  return first ? blockedBy(first.id, judgement.outcome === 'not-met' ? 'is not met' : `could not check ${cause}`) : judgement;
}

/** The requirements that are blocked, as a whole or of some subjects, where one is not met or could not be checked; what those block included. */
export function blockedBehind(id: string): readonly string[] {
  const behind = checks.filter((check) => needsOf(check).some((need) => need.startsWith(id))).map((check) => check.id);
  return [...new Set(behind.flatMap((other) => [other, ...blockedBehind(other)]))].toSorted();
}
