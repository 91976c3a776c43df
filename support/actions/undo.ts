import { posix } from 'node:path';
import type { Machines } from '../facts/cloud.ts';
import type { CleanUp } from '../facts/gate.ts';
import { quote } from '../machines/quote.ts';
import { type Probe, survey } from '../machines/survey.ts';
import { waitUntil } from '../opennebula/ask.ts';
import type { Image } from '../opennebula/images.ts';
import { directoriesIn } from '../opennebula/log.ts';
import { peekAtImages } from '../opennebula/pages.ts';
import { backupStates, type ListedVirtualMachine, parseVirtualMachine, type ScheduledBackup } from '../opennebula/pools.ts';
import { isStuck } from '../opennebula/stories.ts';
import { peek } from '../opennebula/xmlrpc.ts';
import type { Evidence, Looked } from '../outcome/evidence.ts';
import { adviceOf } from './backup.ts';
import { type Change, canaryNamesOf, type Journal, namesOf, type Opening, type RunJournal, sampleNamesOf } from './journal.ts';
import { keptIn, leftIn, stuck, unnamed, type View } from './left.ts';
import { endMachines } from './machines.ts';
import { beforeOf, canariesOf, type Directories, directoriesOf, newOfCanary, remainsOf, sourcesOf } from './remains.ts';
import { type Removal, remove } from './removal.ts';
import { directories, logSince, lookAround, type Scene } from './scene.ts';

/**
 * Removes what a run has made, as its journal tells, and looks whether it is gone. What it finds undone already is no fault. `open` goes on
 * with the journal, so that whoever comes after a clean-up that dies knows what it did.
 */
export async function undo(cloud: Machines, journal: Journal, open: (opening: Opening) => RunJournal): Promise<CleanUp> {
  const { opening, run, garbled } = journal;
  const unknown = garbled === undefined ? [] : [`what else ${garbled} says, which is not understood. Read it, then remove it`];
  if (!opening) return { run, undone: [], left: unknown, evidence: [] };
  const work = new Work(cloud, open(opening));
  try {
    await work.onFrontend();
    const reached = journal.changes.some(({ change }) => ['begin', 'sample', 'boot', 'canary'].includes(change));
    if (reached) await work.inOpenNebula();
    await work.onBackupServer();
    if (reached) await work.lookAgain();
    work.leave(unknown);
  } catch (error) {
    if (!(error instanceof Unseen)) throw error;
    return work.result({ fault: error.message, ...adviceOf(error) });
  }
  return work.result();
}

/** Seconds that a round of the scheduler takes at most, unless OpenNebula was told otherwise: MANAGER_TIMER is 15. */
const ROUND = 20;

/** How often an image is deleted that OpenNebula is at work on, each time waiting for the end of that. */
const ATTEMPTS = 3;

/**
 * Deletes a chain that ends as it did, unless the VM is in BACKUP or BACKUP_POWEROFF. In this order: a backup that begins after the
 * first look is met by the second.
 */
export const UNLESS_IN_USE = [
  'export LC_ALL=C.UTF-8',
  'vm=$1 image=$2 last=$3',
  'chain=$(oneimage show -x "$image") && state=$(onevm show -x "$vm") || exit',
  `printf %s "$chain" | grep -o '<SOURCE>[^/]*' | tail -n 1 | grep -Fq -- "$last" || { echo 'somebody has added to it' >&2; exit 75; }`,
  `printf %s "$state" | grep -Eq '<LCM_STATE>(${backupStates.join('|')})<' && { echo 'it is in BACKUP' >&2; exit 75; }`,
  'exec oneimage delete "$image"',
].join('; ');

class Unseen extends Error {
  readonly fix?: string;

  constructor({ fault, fix }: { fault: string; fix?: string }) {
    super(fault);
    if (fix !== undefined) this.fix = fix;
  }
}

/** Neither begun, nor rejected. */
const isDue = ({ dispatched, message }: ScheduledBackup): boolean => !dispatched && message === '';

/** One clean-up under way. */
class Work {
  readonly #undone: string[] = [];
  readonly #left: string[] = [];
  readonly #kept: string[] = [];
  readonly #evidence: Evidence[] = [];
  readonly #cloud: Machines;
  readonly #journal: RunJournal;
  readonly #opening: Opening;
  /** Images of ours that were deleted. */
  readonly #gone: Image[] = [];
  /** Canaries that could not be ended, by their ids. */
  readonly #staying = new Set<string>();
  /** The VM's log as it was last. */
  #log: Evidence | undefined;
  /** Why the backup server could not be checked: what is in OpenNebula is told all the same. */
  #blind: Pick<CleanUp, 'fault' | 'fix'> = {};

  constructor(cloud: Machines, journal: RunJournal) {
    this.#cloud = cloud;
    this.#journal = journal;
    this.#opening = journal.opening;
  }

  result(unseen: Pick<CleanUp, 'fault' | 'fix'> = {}): CleanUp {
    const evidence = [...this.#evidence, ...(this.#log ? [this.#log] : [])];
    return { run: this.#journal.run, undone: this.#undone, left: this.#left, kept: this.#kept, evidence, ...this.#blind, ...unseen };
  }

  leave(what: readonly string[]): void {
    this.#left.push(...what);
  }

  get #deadline(): number {
    return this.#cloud.site.deadlines.command;
  }

  #changes<K extends Change['change']>(kind: K): Extract<Change, { change: K }>[] {
    return this.#journal.changes.filter((change): change is Extract<Change, { change: K }> => change.change === kind);
  }

  /** What the run calls folders of its own. */
  get #temporary(): readonly string[] {
    const { run } = this.#journal;
    return [
      namesOf(run).temporary,
      ...this.#changes('sample').map(({ vm }) => sampleNamesOf(run, vm).temporary),
      ...this.#changes('canary').map(({ host }) => canaryNamesOf(run, host).temporary),
    ];
  }

  /** OpenNebula first, then the log: what had ended then is told by it. */
  async #look(): Promise<View> {
    const scene = this.#seen(await lookAround(this.#cloud, this.#opening));
    const [first] = this.#changes('schedule');
    const log = first && (await logSince(this.#cloud, this.#opening, first.logSize));
    this.#log = log;
    const told = log?.exitCode === 0 && !log.failure ? log.stdout : undefined;
    const remains = remainsOf(this.#journal, scene, told);
    return { ...remains, images: remains.images.filter(({ vms }) => !vms.some((vm) => this.#staying.has(vm))), scene };
  }

  /** @throws Unseen where there is none. */
  #seen<T>(looked: Looked<T>): T {
    this.#evidence.push(...looked.evidence);
    if ('fault' in looked) throw new Unseen(looked);
    return looked.value;
  }

  /** The copies of disks that were compared. */
  async onFrontend(): Promise<void> {
    for (const { path } of this.#changes('temporary')) {
      if (!this.#temporary.includes(posix.basename(path))) continue;
      const script = '[ -e "$1" ] || exit 0; rm -rf -- "$1" && echo gone';
      const argv = ['sh', '-c', script, 'sh', path] as const;
      const byHand = quote(['rm', '-rf', path]);
      const answer = await this.#cloud.onFrontend.run({ argv, deadline: this.#deadline, typed: byHand });
      this.#evidence.push(answer);
      if (answer.stdout !== '') this.#undone.push(`${path} on ${answer.machine}`);
      if (answer.exitCode !== 0)
        this.#left.push(`${path} on ${answer.machine}: ${answer.stderr.trim() || 'not removed'}. Remove it: ${byHand}`);
    }
  }

  /** What was started, scheduled backups that wait still, the template and images of the restore, the backup image. */
  async inOpenNebula(): Promise<void> {
    await this.#endMachines();
    let view = await this.#onceTakenUp(await this.#look());
    const waiting = view.actions.filter(({ dispatched }) => !dispatched);
    if (waiting.length > 0) await this.#withdraw(waiting, view.scene);
    // What was taken up at the very moment is waited for like what was taken up before; and what somebody else backs up now, is not disturbed.
    if (view.scene.vm.inBackup || waiting.length > 0 || view.images.some(({ state }) => state === 'locked')) {
      await this.#waitForBackup();
      await this.#waitForLocked(view.images);
      view = await this.#look();
    }
    const { templates } = view;
    await this.#change(
      templates.map(({ id, name }) => ({ what: `template ${id} “${name}”`, argv: ['onetemplate', 'delete', id] as const })),
    );
    await this.#deleteImages(view);
  }

  /** What was started, and canaries: nothing that they use can be deleted before. By its id, all of a canary is known that is there when it is gone. */
  async #endMachines(): Promise<void> {
    const { run } = this.#journal;
    const canaries = new Map(this.#changes('canary').map(({ host }) => [canaryNamesOf(run, host).restored, host]));
    const names = [...canaries.keys(), ...(this.#changes('start').length > 0 ? [namesOf(run).booted] : [])];
    if (names.length === 0) return;
    const before = async ({ id: vm, name }: ListedVirtualMachine) => {
      const host = canaries.get(name);
      if (host === undefined || canariesOf(this.#journal).includes(vm)) return;
      const written = await this.#journal.record([{ change: 'canary', name, host, vm }]);
      if (written.failure) throw new Unseen({ fault: written.failure.message });
    };
    const ended = await endMachines(this.#cloud, { names, not: this.#opening.vm, before, evidence: this.#evidence });
    if ('fault' in ended) throw new Unseen(ended);
    this.#undone.push(...ended.value.undone);
    for (const { id, why } of ended.value.left) {
      this.#staying.add(id);
      this.leave([why]);
    }
  }

  #withdrawal(id: string) {
    return {
      what: `scheduled backup ${id} of VM ${this.#opening.vm}`,
      argv: ['onevm', 'sched-delete', this.#opening.vm, id] as const,
    };
  }

  /** Takes back what waits still. Written down before and after, since it may be begun meanwhile, and nothing else would tell then that it was ours. */
  async #withdraw(waiting: readonly ScheduledBackup[], { now: from }: Scene): Promise<void> {
    const written = await this.#journal.record(waiting.map(({ id }) => ({ change: 'withdraw', id, from })));
    if (written.failure) throw new Unseen({ fault: written.failure.message });
    await this.#change(waiting.map(({ id }) => this.#withdrawal(id)));
    const { now: until } = (await this.#look()).scene;
    await this.#journal.record(waiting.map(({ id }) => ({ change: 'withdrawn', id, until })));
  }

  /** Deletes images. What OpenNebula works on, as when it flattens, it refuses to delete. */
  async #deleteImages(seen: View): Promise<void> {
    let view = seen;
    for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
      const ours = deletable(view);
      await this.#waitForLocked(ours);
      // The time that it took is long enough for a backup to begin.
      if (ours.some(({ state }) => state === 'locked')) view = await this.#look();
      const wanted = deletable(view);
      const refused = await this.#change(wanted.map((image) => this.#deletion(image)));
      // OpenNebula says yes, and removes them later, or not.
      const kept = await this.#waitForGone(wanted.filter((_image, index) => !refused.has(index)));
      const gone = wanted.filter((image, index) => !refused.has(index) && !kept.some(({ id }) => id === image.id));
      this.#gone.push(...gone);
      this.#undone.push(...gone.map(({ id, name, isBackup }) => `${isBackup ? 'backup image' : 'image'} ${id} “${name}”`));
      if (refused.size === 0) return;
      view = await this.#look();
    }
  }

  /** A chain is looked after once more, at the very moment: somebody else's backup may have added to it, or have begun to. */
  #deletion({ id, increments, vms }: Image) {
    const last = vms.includes(this.#opening.vm) ? increments.at(-1) : undefined;
    if (!last) return { argv: ['oneimage', 'delete', id] as const };
    return { argv: ['sh', '-c', UNLESS_IN_USE, 'sh', this.#opening.vm, id, last.source] as const };
  }

  /** Runs commands that remove something, all by one call, and keeps what they removed, where it is said. Those that were refused, by place. */
  async #change(commands: readonly { what?: string; argv: Probe['argv'] }[]): Promise<ReadonlySet<number>> {
    if (commands.length === 0) return new Set();
    const probes = commands.map(({ argv }, index) => ({ name: `remove-${index}`, argv, deadline: this.#deadline }));
    const { answers } = await survey(this.#cloud.onFrontend, probes, { deadline: this.#deadline * commands.length });
    this.#evidence.push(...answers.values());
    const refused = new Set<number>();
    for (const [index, { what }] of commands.entries()) {
      if (answers.get(`remove-${index}`)?.exitCode !== 0) refused.add(index);
      else if (what !== undefined) this.#undone.push(what);
    }
    return refused;
  }

  /**
   * Waits for the scheduler where ours is due. Deleted at the moment when it is taken up, nothing would tell for certain that the backup is ours.
   * What was due a round ago waits for something else.
   */
  async #onceTakenUp(view: View): Promise<View> {
    const due = (vm: Scene['vm']) => remainsOf(this.#journal, { ...view.scene, vm }, undefined).actions.filter(isDue);
    if (due(view.scene.vm).length === 0) return view;
    const since = Math.max(...this.#changes('schedule').map(({ at }) => at));
    const deadline = Math.min(ROUND, this.#cloud.site.deadlines.schedule) - (view.scene.now - since);
    if (!(deadline > 0)) return view;
    await this.#waitForVm((vm) => due(vm).length === 0, deadline);
    return this.#look();
  }

  #waitForBackup(): Promise<void> {
    return this.#waitForVm(({ inBackup }) => !inBackup, this.#cloud.site.deadlines.cleanup);
  }

  async #waitForVm(enough: (vm: Scene['vm']) => boolean, deadline: number): Promise<void> {
    const lookAtVm = () => peek(this.#cloud.onFrontend, this.#opening.vm, parseVirtualMachine, this.#deadline);
    const { evidence } = await waitUntil(lookAtVm, enough, { deadline });
    this.#evidence.push(...evidence);
  }

  async #waitForLocked(images: readonly Image[]): Promise<void> {
    const locked = images.filter(({ state }) => state === 'locked');
    await this.#waitForImages(locked, (image) => image?.state !== 'locked');
  }

  /** Those that are still there when it is over. */
  async #waitForGone(images: readonly Image[]): Promise<readonly Image[]> {
    const last = await this.#waitForImages(images, (image) => image === undefined || image.state === 'error');
    return images.filter(({ id }) => last.some((image) => image.id === id));
  }

  /** Waits until each of them is as wanted; all images there were last, or those themselves where it could not be seen. */
  async #waitForImages(images: readonly Image[], enough: (image: Image | undefined) => boolean): Promise<readonly Image[]> {
    if (images.length === 0) return [];
    const lookAtImages = () => peekAtImages(this.#cloud.onFrontend, (found) => found, this.#deadline);
    const all = (found: readonly Image[]) => images.every(({ id }) => enough(found.find((image) => image.id === id)));
    const looked = await waitUntil(lookAtImages, all, { deadline: this.#cloud.site.deadlines.cleanup });
    this.#evidence.push(...looked.evidence);
    return 'value' in looked ? looked.value : images;
  }

  /** The probe file, and the directories of backups that are no more. */
  async onBackupServer(): Promise<void> {
    const probes = this.#changes('probe').filter(({ path }) => posix.basename(path).startsWith(namesOf(this.#journal.run).probe));
    const { debris, empty } = await this.#settled();
    const removals: readonly Removal[] = [
      ...probes.map(({ path }) => ({ how: 'probe', path }) as const),
      ...debris.map((path) => ({ how: 'debris', path }) as const),
      ...empty.map((path) => ({ how: 'empty', path }) as const),
      ...(await this.#ofCanaries()),
    ];
    if (removals.length === 0) return;
    const { answer, undone, left } = await remove(this.#cloud.onBackupServer, removals, this.#deadline);
    this.#evidence.push(answer);
    this.#undone.push(...undone);
    this.leave(left);
    if (answer.failure) this.#blind = { fault: `${answer.machine}: ${answer.failure.message}` };
  }

  /** The directories that were there before the first backup of each canary, by its id. */
  get #existed(): ReadonlyMap<string, readonly string[]> {
    return new Map(this.#changes('canary').flatMap(({ vm, directories: were }) => (vm && were ? [[vm, were] as const] : [])));
  }

  /** What backups of canaries left, which are gone. Of a canary that noted no directories none was asked for. */
  async #ofCanaries(): Promise<readonly Removal[]> {
    const existed = this.#existed;
    const canaries = canariesOf(this.#journal).filter((vm) => existed.has(vm) && !this.#staying.has(vm));
    if (canaries.length === 0) return [];
    const { images } = (await this.#look()).scene;
    const isFree = (vm: string) => !images.some(({ isBackup, vms }) => isBackup && vms.includes(vm));
    const removals = canaries.filter(isFree).map((vm) => this.#ofCanary(vm, existed.get(vm) ?? []));
    return (await Promise.all(removals)).flat();
  }

  async #newOf(vm: string, existed: readonly string[]): Promise<readonly string[]> {
    const listed = await directories(this.#cloud, { ...this.#opening, vm });
    this.#evidence.push(...listed.evidence);
    if ('fault' in listed) this.#blind = { fault: listed.fault, ...adviceOf(listed) };
    return ('fault' in listed ? [] : listed.value).filter((path) => !existed.includes(path));
  }

  /** What stays with a canary that could not be ended: its backup, and the files of that. */
  async #leaveWithCanaries({ images }: Scene): Promise<void> {
    const { machine } = this.#cloud.onBackupServer;
    for (const vm of canariesOf(this.#journal).filter((each) => this.#staying.has(each))) {
      const existed = this.#existed.get(vm);
      const backups = images
        .filter(({ isBackup, vms }) => isBackup && vms.includes(vm))
        .map(({ id, name }) => `backup image ${id} “${name}”`);
      const found = existed ? await this.#newOf(vm, existed) : [];
      const folders = found.map((path) => `${posix.join(this.#opening.own, path)} on ${machine}`);
      const all = [...backups, ...folders].join(', ');
      if (all !== '') this.leave([`${all}: cleanup removes what is of VM ${vm} once that is gone`]);
    }
  }

  /** Directories of a canary that were not there before its first backup: another OpenNebula may have made some of them meanwhile. */
  async #ofCanary(vm: string, existed: readonly string[]): Promise<readonly Removal[]> {
    const found = await this.#newOf(vm, existed);
    const { own, unknown, others } = newOfCanary(found, await this.#namedOf(vm, found));
    const whole = (path: string) => posix.join(this.#opening.own, path);
    const server = this.#cloud.onBackupServer.machine;
    this.leave(unknown.map((path) => unnamed(whole(path), { vm, server })));
    this.#kept.push(...others.map((path) => `${whole(path)} on ${server}, which does not have the name of a backup`));
    // The one of the VM itself last: it is empty then.
    const itself = found.includes(vm) ? [{ how: 'empty', path: whole(vm) } as const] : [];
    return [...own.map((path) => ({ how: 'canary', path: whole(path) }) as const), ...itself];
  }

  /** How backups of a canary are called, by those that were deleted; and where they leave some of `found` unnamed, by its log, which tells of failed ones. */
  async #namedOf(vm: string, found: readonly string[]): Promise<ReadonlySet<string>> {
    const named = new Set(this.#gone.filter(({ vms }) => vms.includes(vm)).flatMap(sourcesOf));
    if (newOfCanary(found, named).unknown.length === 0) return named;
    const log = await logSince(this.#cloud, { ...this.#opening, vm }, 0);
    this.#evidence.push(log);
    return new Set([...named, ...directoriesIn(log.stdout, vm)]);
  }

  /** Directories that nobody needs; none while any of them may be in use. */
  async #settled(): Promise<Pick<Directories, 'debris' | 'empty'>> {
    const none = { debris: [], empty: [] };
    if (!beforeOf(this.#journal.changes)) return none;
    const { view, ...found } = await this.#onServer();
    return view.scene.vm.inBackup ? none : found;
  }

  /** Directories that no image names, by their whole path. Listed before the rest is looked at: none is younger than what is known then. */
  async #onServer(): Promise<Directories & { view: View }> {
    const none = { value: [], evidence: [] };
    const listed = beforeOf(this.#journal.changes) ? await directories(this.#cloud, this.#opening) : none;
    this.#evidence.push(...listed.evidence);
    if ('fault' in listed) this.#blind = { fault: listed.fault, ...adviceOf(listed) };
    const found = 'fault' in listed ? [] : listed.value;
    const view = await this.#look();
    const { debris, empty, doubtful } = directoriesOf(this.#journal, found, { ...view, images: view.scene.images, gone: this.#gone });
    const whole = (path: string) => posix.join(this.#opening.own, path);
    return { debris: debris.map(whole), empty: empty.map(whole), doubtful: doubtful.map(whole), view };
  }

  /** What is still there is left, whoever kept it. */
  async lookAgain(): Promise<void> {
    const { vm } = this.#opening;
    const { view, debris, empty, doubtful } = await this.#onServer();
    const found = leftIn(view, { debris, empty, doubtful }, { vm, server: this.#cloud.onBackupServer.machine });
    this.leave(found);
    await this.#leaveWithCanaries(view.scene);
    this.#kept.push(...keptIn(view, vm));
    if (view.ours.some(({ text }) => isStuck(text))) this.leave([stuck(vm)]);
    await this.#forget(view.actions, found.length > 0);
  }

  /** Scheduled backups that were begun go last: by them, a clean-up that comes after one that died knows which backup was ours. */
  async #forget(actions: readonly ScheduledBackup[], isLeft: boolean): Promise<void> {
    const [done, waiting] = [actions.filter(({ dispatched }) => dispatched), actions.filter(({ dispatched }) => !dispatched)];
    const { vm } = this.#opening;
    const { fault } = this.#blind;
    const marks = done.map(({ id }) => `scheduled backup ${id}, by which cleanup knows the rest as ours, and removes it in the end`);
    // Kept since we could not look, it is no leftover by itself.
    if (fault !== undefined && !isLeft && marks.length > 0)
      this.#blind = { ...this.#blind, fault: `${fault}. Kept until then: ${marks.join('; ')}` };
    const refused = isLeft || fault !== undefined ? new Set<number>() : await this.#change(done.map(({ id }) => this.#withdrawal(id)));
    const kept = [...waiting, ...done.filter((_action, index) => refused.has(index))];
    this.leave([
      ...kept.map(({ id }) => `scheduled backup ${id}: remove it with onevm sched-delete ${vm} ${id}`),
      ...(isLeft ? marks : []),
    ]);
  }
}

/** What can be deleted now: a chain that is being added to is not taken away from under it. */
const deletable = ({ images, scene: { vm } }: View): readonly Image[] =>
  images.filter(({ isBackup, increments }) => !vm.inBackup || !isBackup || increments.length === 0);
