import type { Machines } from '../facts/cloud.ts';
import type { Backup } from '../facts/gate.ts';
import { limitsProbe } from '../facts/schedules.ts';
import { MiB, stopped } from '../machines/shell.ts';
import { type Probe, survey } from '../machines/survey.ts';
import { shortened, withoutBase64 } from '../machines/words.ts';
import { look, readAnswer, unheard, waitUntil } from '../opennebula/ask.ts';
import { causeOf } from '../opennebula/causes.ts';
import { type Image, parseImage } from '../opennebula/images.ts';
import { keptOf } from '../opennebula/kept.ts';
import { lookOnceAtImages } from '../opennebula/pages.ts';
import {
  type ListedVirtualMachine,
  parseVirtualMachine,
  parseVirtualMachines,
  type ScheduledBackup,
  type VirtualMachine,
} from '../opennebula/pools.ts';
import { hungFor, placeTaken, queueOf, readLimits, rejectionOf } from '../opennebula/queue.ts';
import { type Story, storiesIn, storyOf } from '../opennebula/stories.ts';
import { peek } from '../opennebula/xmlrpc.ts';
import type { Evidence } from '../outcome/evidence.ts';
import type { Before, RunJournal, Target } from './journal.ts';
import { ourRequest, timeToAsk } from './request.ts';
import { logSince, type Scene } from './scene.ts';

/** What to back up, and what to write down before. */
export interface Request {
  readonly target: Target;
  /** How it was before. */
  readonly scene: Scene;
  /** Begin a new chain; nothing for a VM that keeps no increments. */
  readonly reset: boolean;
  /** The chain that is to grow by one; a new image is expected where there is none. */
  readonly chain?: Image;
  readonly journal: Pick<RunJournal, 'record'>;
  /** Of the first backup of a run: how it was before all of them. */
  readonly before?: Before;
  readonly signal: AbortSignal;
}

/** Seconds that clocks and calls may lie apart, and in which OpenNebula gets its books in order after a backup. */
const SLACK = 5;

/** Schedules a backup, and watches it to its end or to the deadline. */
export async function makeBackup(cloud: Machines, request: Request): Promise<Backup> {
  const { onFrontend, site } = cloud;
  const { target, scene, reset, journal, signal } = request;
  const { command: deadline } = site.deadlines;
  const begin = request.before ? [{ change: 'begin' as const, before: request.before }] : [];
  const called = Date.now();
  /** The front-end's clock, which was looked at before. */
  const clock = () => scene.now + Math.floor((Date.now() - called) / 1000);
  const asked = await journal.record([...begin, { change: 'schedule', at: scene.now, logSize: scene.logSize }], {
    argv: ['onevm', 'backup', '--schedule', timeToAsk(scene), ...(reset ? ['--reset'] : []), '-d', target.datastore.id, target.vm],
    deadline,
  });
  const evidence: Evidence[] = [asked];
  const came = (stage: Backup['stage'], found: string, more: Partial<Backup> = {}): Backup => ({
    ...{ stage, found, evidence, started: false, inTheWay: [] },
    ...more,
  });
  const missed = unheard(asked);
  if (missed !== undefined) return came('unseen', missed);
  if (asked.exitCode !== 0) return came('refused', shortened(asked.stderr || asked.stdout) || 'no word');

  let lookedAt = scene.now;
  const lookAtVm = () => {
    lookedAt = clock();
    return peek(onFrontend, target.vm, parseVirtualMachine, deadline);
  };
  const before = new Set(scene.vm.backupActions.map(({ id }) => id));
  const ours = (vm: VirtualMachine) => ourRequest(vm, target, { before, at: scene.now });
  const taken = await waitUntil(lookAtVm, (vm) => isDecided(vm, ours(vm)), { deadline: site.deadlines.schedule, signal });
  evidence.push(...taken.evidence);
  if ('fault' in taken) return came('unseen', taken.fault, adviceOf(taken));
  const action = ours(taken.value);
  if (!action && !signal.aborted) return came('unseen', 'OpenNebula took the request, but shows no such scheduled backup');
  if (!action?.dispatched) {
    const waits = action && !signal.aborted ? await waitingFor(cloud, taken.value, { action, now: clock(), evidence }) : undefined;
    const kept = action && (await withdraw(request, action, { deadline, from: lookedAt, clock, evidence }));
    if (signal.aborted) return came('unseen', stopped(signal).message, { ...(kept && { kept }) });
    return came(waits ? 'waiting' : 'rejected', action?.message ?? '', { ...waits, ...(kept && { kept }) });
  }

  const began = Date.now();
  const waited = Math.round((began - called) / 1000);
  let { host } = taken.value;
  const begun = (stage: Backup['stage'], found: string, more: Partial<Backup> = {}) =>
    came(stage, found, { ...more, started: true, waited, host });
  // The first one is ours, whatever comes after it.
  let failure: string | undefined;
  const hasEnded = (vm: VirtualMachine) => {
    if (isNewError(vm, scene)) failure ??= vm.error;
    return !vm.inBackup && (tellsOfEnd(vm, scene) || Date.now() > began + SLACK * 1000);
  };
  const ended = await waitUntil(lookAtVm, hasEnded, { deadline: site.deadlines.backup, signal });
  const seconds = Math.round((Date.now() - began) / 1000);
  evidence.push(...ended.evidence);
  if ('fault' in ended) return begun('unseen', ended.fault, adviceOf(ended));
  host = ended.value.host;
  if (signal.aborted && !ended.inTime) return begun('unseen', stopped(signal).message);
  const log = await logSince(cloud, target, scene.logSize);
  const stories = storiesIn(log.stdout, scene.utcOffset);
  const story = storyOf(stories, action.done);
  const { inBackup } = ended.value;
  // It may be somebody else's by now.
  if (inBackup && story?.end === undefined) return begun('running', `after ${site.deadlines.backup} s the VM is still in BACKUP`);
  // Of a backup that failed and one that did not, the log tells which was ours.
  if (story?.end !== 'failed' && (story?.end === 'created' || failure === undefined)) {
    const image = await imageOf(cloud, request, { vm: ended.value, action, story, stories });
    evidence.push(...image.evidence);
    if ('fault' in image) return begun('unseen', image.fault, adviceOf(image));
    if (image.value) return begun('done', '', { image: image.value, seconds });
  }
  evidence.push(log);
  const said = withoutBase64(failure ?? '');
  return begun('failed', causeOf(story?.text ?? log.stdout) ?? (said || 'neither an image nor an error'));
}

/** What to do where we could not look, if that is known. */
export const adviceOf = ({ fix }: { readonly fix?: string }) => (fix === undefined ? {} : { fix });

/** It was begun, or rejected for what does not pass. */
const isDecided = (vm: VirtualMachine, action: ScheduledBackup | undefined) =>
  action !== undefined && (action.dispatched || rejectionOf(action, vm) === 'stays');

/** Where ours was not rejected: what comes before it, and why it is not begun although nothing is wrong. Undefined where it was rejected. */
async function waitingFor(
  { onFrontend, site }: Machines,
  vm: VirtualMachine,
  { action, now, evidence }: { action: ScheduledBackup; now: number; evidence: Evidence[] },
): Promise<Pick<Backup, 'inTheWay' | 'waitsFor' | 'behindHung'> | undefined> {
  const rejection = rejectionOf(action, vm);
  if (rejection !== undefined && rejection !== 'waits') return undefined;
  const queue = queueOf(vm, now);
  const inTheWay = queue.slice(
    0,
    queue.findIndex(({ id }) => id === action.id),
  );
  const [first = action] = inTheWay;
  const isHeld = rejectionOf(first, vm);
  if (vm.inBackup || isHeld === 'waits') return { inTheWay, waitsFor: 'another backup of it is under way' };
  if (isHeld !== undefined) return { inTheWay };
  const { command: deadline } = site.deadlines;
  const list: Probe = { name: 'virtual-machines', argv: ['onevm', 'list', '-x', '--extended'], deadline };
  const { answers } = await survey(onFrontend, [limitsProbe(deadline), list], { deadline: deadline * 2, cap: 64 * MiB });
  evidence.push(...[...answers.values()].map((answer) => keptOf(answer)));
  const listed = answers.get('virtual-machines');
  const read = listed && readAnswer(listed, parseVirtualMachines);
  if (!read || 'fault' in read) return { inTheWay, waitsFor: 'whether other backups take up all places is not known' };
  const running = read.value.filter(({ inBackup }) => inBackup);
  const limits = readLimits(answers.get('limits')?.stdout ?? '');
  const takenBy = (some: readonly ListedVirtualMachine[]) => placeTaken(vm, first, { running: some, limits, due: [] });
  const waitsFor = takenBy(running);
  if (waitsFor === undefined) return { inTheWay };
  const { job: patience } = site.deadlines;
  const isHung = ({ backupSince }: ListedVirtualMachine) => now - backupSince > patience;
  const hung = running.find((other) => isHung(other) && other.host === vm.host) ?? running.find(isHung);
  if (!hung || takenBy(running.filter((other) => !isHung(other))) !== undefined) return { inTheWay, waitsFor };
  const { id, name, backupSince } = hung;
  return { inTheWay, waitsFor: `a backup of ${name} (${id}) ${hungFor(now - backupSince, patience)}`, behindHung: id };
}

/** Something tells how the backup ended: an error, an image, one more link of its chain. */
function tellsOfEnd(vm: VirtualMachine, { vm: before }: Scene): boolean {
  const grown = vm.lastIncrement !== before.lastIncrement || vm.backups.some((id) => !before.backups.includes(id));
  return grown || isNewError(vm, { vm: before });
}

/** USER_TEMPLATE/ERROR tells of a backup that failed since. OpenNebula keeps the last error there, whatever it is of. */
function isNewError(vm: VirtualMachine, { vm: before }: Pick<Scene, 'vm'>): boolean {
  return vm.error !== before.error && /\bBACKUP\w*: /.test(vm.error);
}

/** The image that holds the backup: a new one of this VM in this datastore, or the chain with more increments. */
function imageOf(
  { onFrontend, site }: Machines,
  { target, scene, chain }: Request,
  {
    vm,
    action: { done },
    story,
    stories,
  }: { vm: VirtualMachine; action: ScheduledBackup; story: Story | undefined; stories: readonly Story[] },
) {
  const { command: deadline } = site.deadlines;
  if (chain) {
    const grown = (image: Image) => (image.increments.at(-1)?.id !== chain.increments.at(-1)?.id ? image : undefined);
    return look(onFrontend, ['oneimage', 'show', '-x', chain.id], (xml) => grown(parseImage(xml)), deadline);
  }
  const before = new Set(scene.images.map(({ id }) => id));
  const { begun = done, ended: until = Number.POSITIVE_INFINITY } = story ?? {};
  // In the second in which ours began somebody else's may have ended. One of ours was made in it where it took no longer, and the log tells of no other.
  const isBrief = story?.end === 'created' && until <= begun + 1 && !stories.some((other) => other !== story && other.ended === begun);
  const isIt = ({ id, isBackup, datastoreId, registered }: Image) =>
    isBackup &&
    datastoreId === target.datastore.id &&
    !before.has(id) &&
    vm.backups.includes(id) &&
    (registered > begun || (isBrief && registered === begun)) &&
    registered <= until;
  // Of several the first is ours: a VM has one backup at a time.
  const firstOf = (images: readonly Image[]) => images.filter(isIt).toSorted((a, b) => Number(a.id) - Number(b.id))[0];
  return lookOnceAtImages(onFrontend, firstOf, deadline);
}

/**
 * Takes a request back that OpenNebula would try again for ever; what is kept where it cannot. It may be begun at that very moment: what
 * comes of that is cleaned up like what was begun before, by what the journal says of the time since we looked.
 */
async function withdraw(
  { target: { vm }, journal }: Request,
  { id }: ScheduledBackup,
  { deadline, from, clock, evidence }: { deadline: number; from: number; clock: () => number; evidence: Evidence[] },
): Promise<Backup['kept']> {
  const answer = await journal.record([{ change: 'withdraw', id, from }], { argv: ['onevm', 'sched-delete', vm, id], deadline });
  evidence.push(answer);
  await journal.record([{ change: 'withdrawn', id, until: clock() + SLACK }]);
  if (!answer.failure && answer.exitCode === 0) return undefined;
  return { id, why: answer.failure?.message ?? (shortened(answer.stderr || answer.stdout) || `exit ${answer.exitCode}`) };
}
