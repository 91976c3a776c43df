import type { Cloud } from '../facts/cloud.ts';
import { stopped } from '../machines/shell.ts';
import { look, unheard, waitUntil } from '../opennebula/ask.ts';
import {
  type Image,
  parseImage,
  parseImages,
  parseVirtualMachine,
  type ScheduledBackup,
  type VirtualMachine,
} from '../opennebula/pools.ts';
import type { Evidence } from '../outcome/outcome.ts';
import type { Before, RunJournal } from './journal.ts';
import { causeOf } from './log.ts';
import { logSince, type Scene, type Subject } from './scene.ts';

/** How far a backup came that was asked for through the scheduler. */
export interface Backup {
  /**
   * unseen: we could not look, see `found`. refused: OpenNebula did not take the request. rejected: its scheduler took it up, and will
   * not do it. waiting: it was not taken up in time. running: it was, but has not ended in time. failed. done.
   */
  readonly stage: 'unseen' | 'refused' | 'rejected' | 'waiting' | 'running' | 'failed' | 'done';
  /** The scheduler handed it to the driver. */
  readonly started: boolean;
  /** What was found instead of a backup, in the words of who said it. */
  readonly found: string;
  /** Scheduled backups of the virtual machine that were there before, and stand in the way of ours. */
  readonly inTheWay: readonly ScheduledBackup[];
  /** Ours where it is in the queue still, since it could not be taken back, and why. */
  readonly kept?: { readonly id: string; readonly why: string };
  /** The image it made, or that it added an increment to; of a backup that is done. */
  readonly image?: Image;
  readonly evidence: readonly Evidence[];
}

/** What to back up, and what to write down before. */
export interface Request {
  readonly subject: Subject;
  /** How it was before. */
  readonly scene: Scene;
  /** Begin a new chain; nothing for a virtual machine that keeps no increments. */
  readonly reset: boolean;
  /** The chain that is to grow by one; a new image is expected where there is none. */
  readonly chain?: Image;
  readonly journal: RunJournal;
  /** Of the first backup of a run: how it was before all of them. */
  readonly before?: Before;
  readonly signal: AbortSignal;
}

/** Seconds that clocks and calls may lie apart, and in which OpenNebula gets its books in order after a backup. */
const SLACK = 5;

/** Schedules a backup, and watches it to its end or to the deadline. */
export async function makeBackup(cloud: Cloud, request: Request): Promise<Backup> {
  const { onFrontend, site } = cloud;
  const { subject, scene, reset, journal, signal } = request;
  const { command: deadline } = site.deadlines;
  const argv = ['onevm', 'backup', '--schedule', 'now', ...(reset ? ['--reset'] : []), '-d', subject.datastore.id, subject.vm] as const;
  const begin = request.before ? [{ change: 'begin' as const, before: request.before }] : [];
  const change = { change: 'schedule' as const, at: scene.now, logSize: scene.logSize };
  const answer = await journal.record([...begin, change], { argv: [...argv], deadline });
  const { failure: _told, ...asked } = answer;
  const missed = unheard(answer);
  const base = { started: false, found: '', inTheWay: [] };
  if (missed !== undefined) return { ...base, stage: 'unseen', found: missed, evidence: [asked] };
  if (asked.exitCode !== 0) return { ...base, stage: 'refused', found: (asked.stderr || asked.stdout).trim(), evidence: [asked] };

  const lookAtVm = () => look(onFrontend, ['onevm', 'show', '-x', subject.vm], parseVirtualMachine, deadline);
  const before = new Set(scene.vm.backupActions.map(({ id }) => id));
  const ours = (vm: VirtualMachine) => oursAmong(vm, subject, { before, from: scene.now, until: scene.now + deadline })[0];
  const taken = await waitUntil(lookAtVm, (vm) => isTaken(ours(vm)), { deadline: site.deadlines.schedule, signal });
  const evidence = [asked, taken.evidence];
  if ('fault' in taken) return { ...base, stage: 'unseen', found: taken.fault, evidence };
  const action = ours(taken.value);
  if (!action && !signal.aborted)
    return { ...base, stage: 'unseen', found: 'OpenNebula took the request, but shows no such scheduled backup', evidence };
  if (!action?.dispatched) {
    const withdrawn = action && (await withdraw(cloud, subject, action));
    const inTheWay = taken.value.backupActions.filter((other) => before.has(other.id) && !other.dispatched);
    const stage = signal.aborted ? 'unseen' : action?.message ? 'rejected' : 'waiting';
    const found = signal.aborted ? stopped(signal).message : (action?.message ?? '');
    return { ...base, stage, found, inTheWay, ...withdrawn, evidence: [...evidence, ...(withdrawn?.evidence ?? [])] };
  }

  const started = { ...base, started: true };
  const patience = Date.now() + SLACK * 1000;
  const hasEnded = (vm: VirtualMachine) => !vm.inBackup && (tellsOfEnd(vm, scene) || Date.now() > patience);
  const ended = await waitUntil(lookAtVm, hasEnded, { deadline: site.deadlines.backup, signal });
  evidence.push(ended.evidence);
  if ('fault' in ended) return { ...started, stage: 'unseen', found: ended.fault, evidence };
  if (signal.aborted && !ended.inTime) return { ...started, stage: 'unseen', found: stopped(signal).message, evidence };
  if (ended.value.inBackup)
    return { ...started, stage: 'running', found: `after ${site.deadlines.backup} s the virtual machine is still in BACKUP`, evidence };
  const image = ended.value.error === scene.vm.error ? await imageOf(cloud, request, ended.value, action) : undefined;
  if (image) evidence.push(image.evidence);
  if (image && 'fault' in image) return { ...started, stage: 'unseen', found: image.fault, evidence };
  if (image?.value) return { ...started, stage: 'done', image: image.value, evidence };
  const log = await logSince(cloud, subject, scene.logSize);
  const { failure: _unread, ...logEvidence } = log;
  const error = ended.value.error === scene.vm.error ? '' : ended.value.error;
  const found = causeOf(log.stdout) ?? (error || 'neither an image nor an error');
  return { ...started, stage: 'failed', found, evidence: [...evidence, logEvidence] };
}

const isTaken = (action: ScheduledBackup | undefined) => action !== undefined && (action.dispatched || action.message !== '');

/** Scheduled backups that were made in a stretch of time and were not there before, oldest first. Times in seconds since the epoch. */
export function oursAmong(
  vm: VirtualMachine,
  { datastore }: Subject,
  { before, from, until }: { before: ReadonlySet<string>; from: number; until: number },
): ScheduledBackup[] {
  return vm.backupActions.filter(
    ({ id, datastoreId, time }) => datastoreId === datastore.id && !before.has(id) && time >= from - SLACK && time <= until + SLACK,
  );
}

/** Something tells how the backup ended: an error, an image, one more link of its chain. */
function tellsOfEnd(vm: VirtualMachine, { vm: before }: Scene): boolean {
  const grown = vm.lastIncrement !== before.lastIncrement || vm.backups.some((id) => !before.backups.includes(id));
  return grown || vm.error !== before.error;
}

/** The image that holds the backup: a new one of this virtual machine in this datastore, or the chain with more increments. */
async function imageOf({ onFrontend, site }: Cloud, { subject, scene, chain }: Request, vm: VirtualMachine, { done }: ScheduledBackup) {
  const { command: deadline } = site.deadlines;
  if (chain) {
    const grown = (image: Image) => (image.increments.at(-1)?.id !== chain.increments.at(-1)?.id ? image : undefined);
    return look(onFrontend, ['oneimage', 'show', '-x', chain.id], (xml) => grown(parseImage(xml)), deadline);
  }
  const before = new Set(scene.images.map(({ id }) => id));
  const isIt = ({ id, isBackup, datastoreId, registered }: Image) =>
    isBackup && datastoreId === subject.datastore.id && !before.has(id) && vm.backups.includes(id) && registered >= done;
  return look(onFrontend, ['oneimage', 'list', '-x'], (xml) => parseImages(xml).find(isIt), deadline);
}

/** Takes a request back that OpenNebula would try again for ever. */
async function withdraw({ onFrontend, site }: Cloud, { vm }: Subject, { id }: ScheduledBackup): Promise<Pick<Backup, 'kept' | 'evidence'>> {
  const { failure, ...evidence } = await onFrontend.run({ argv: ['onevm', 'sched-delete', vm, id], deadline: site.deadlines.command });
  if (!failure && evidence.exitCode === 0) return { evidence: [evidence] };
  const why = failure?.message ?? ((evidence.stderr || evidence.stdout).trim() || `exit ${evidence.exitCode}`);
  return { kept: { id, why }, evidence: [evidence] };
}
