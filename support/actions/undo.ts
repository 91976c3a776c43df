import { posix } from 'node:path';
import type { Machines } from '../facts/cloud.ts';
import type { CleanUp } from '../facts/gate.ts';
import { spoken } from '../machines/openssh.ts';
import { type Probe, survey } from '../machines/survey.ts';
import { look, waitUntil } from '../opennebula/ask.ts';
import { type Image, parseImages, parseVirtualMachine, type ScheduledBackup } from '../opennebula/pools.ts';
import type { Evidence, Looked } from '../outcome/evidence.ts';
import { adviceOf } from './backup.ts';
import { type Change, type Journal, namesOf, type Opening } from './journal.ts';
import { directoriesIn } from './log.ts';
import { beforeOf, type Directories, directoriesOf, remainsOf } from './remains.ts';
import { directories, logSince, lookAround, type Scene } from './scene.ts';

/** Removes what a run has made, as its journal tells, and looks whether it is gone. What it finds undone already is no fault. */
export async function undo(cloud: Machines, journal: Journal): Promise<CleanUp> {
  const { opening, run, garbled } = journal;
  const unknown =
    garbled === undefined ? [] : [`what ${garbled} tells of beyond that, which is not understood. Look at it, then remove it`];
  if (!opening) return { run, undone: [], left: unknown, evidence: [] };
  const work = new Work(cloud, journal, opening);
  try {
    await work.onFrontend();
    if (beforeOf(journal.changes)) await work.inOpenNebula();
    await work.onBackupServer();
    if (beforeOf(journal.changes)) await work.lookAgain();
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
  readonly #evidence: Evidence[] = [];
  readonly #cloud: Machines;
  readonly #journal: Journal;
  readonly #opening: Opening;
  #log = '';
  #stillInBackup = false;

  constructor(cloud: Machines, journal: Journal, opening: Opening) {
    this.#cloud = cloud;
    this.#journal = journal;
    this.#opening = opening;
  }

  result(unseen: Pick<CleanUp, 'fault' | 'fix'> = {}): CleanUp {
    return { run: this.#journal.run, undone: this.#undone, left: this.#left, evidence: this.#evidence, ...unseen };
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

  async #look(): Promise<Scene> {
    return this.#seen(await lookAround(this.#cloud, this.#opening));
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
      if (posix.basename(path) !== namesOf(this.#journal.run).temporary) continue;
      const script = '[ -e "$1" ] || exit 0; rm -rf -- "$1" && echo gone';
      const argv = ['sh', '-c', script, 'sh', path] as const;
      const answer = await this.#cloud.onFrontend.run({ argv, deadline: this.#deadline, typed: `rm -rf ${path}` });
      this.#evidence.push(answer);
      if (answer.stdout !== '') this.#undone.push(`${path} on ${answer.machine}`);
      if (answer.exitCode !== 0)
        this.#left.push(`${path} on ${answer.machine}: ${answer.stderr.trim() || 'not removed'}. Remove it: rm -rf ${path}`);
    }
  }

  /** Scheduled backups, the template and images of the restore, the backup image. */
  async inOpenNebula(): Promise<void> {
    let scene = await this.#onceTakenUp(await this.#look());
    const logSize = this.#changes('schedule')[0]?.logSize;
    const readLog = async () => {
      if (logSize === undefined) return;
      const log = await logSince(this.#cloud, this.#opening, logSize);
      this.#evidence.push(log);
      this.#log = log.stdout;
    };
    await readLog();
    const early = remainsOf(this.#journal, scene, this.#log);
    const waiting = early.actions.filter(({ dispatched }) => !dispatched);
    await this.#change(waiting.map(({ id }) => this.#withdrawal(id)));
    // What was taken up at the very moment is waited for like what was taken up before.
    if (early.inBackup || waiting.length > 0 || early.images.some(({ state }) => state === 'locked')) {
      await this.#waitForBackup();
      await this.#waitForLocked(early.images);
      scene = await this.#look();
      await readLog();
    }
    const { actions, inBackup, templates, images, doubtful } = remainsOf(this.#journal, scene, this.#log);
    this.#stillInBackup = inBackup;
    if (inBackup)
      this.#left.push(
        `virtual machine ${this.#opening.vm} is still in BACKUP, since the backup server does not answer. When it does, run cleanup again; or give the backup up: onevm backup-cancel ${this.#opening.vm}`,
      );
    for (const image of doubtful) {
      this.#left.push(
        `backup image ${image.id} “${image.name}”: made in the time of the run, but not by it alone, as far as can be told. If it is nobody's: oneimage delete ${image.id}; then run cleanup again`,
      );
    }
    await this.#change(
      templates.map(({ id, name }) => ({ what: `template ${id} “${name}”`, argv: ['onetemplate', 'delete', id] as const })),
    );
    // A chain that is being added to is not taken away from under it.
    const kept = await this.#deleteImages(images.filter(({ isBackup }) => !inBackup || !isBackup));
    // Last, and not before all else is gone: they tell which backup was ours.
    const rest =
      inBackup || kept.length > 0 || doubtful.length > 0 ? [] : actions.filter(({ id }) => !waiting.some((other) => other.id === id));
    await this.#change(rest.map(({ id }) => this.#withdrawal(id)));
  }

  #withdrawal(id: string) {
    return {
      what: `scheduled backup ${id} of virtual machine ${this.#opening.vm}`,
      argv: ['onevm', 'sched-delete', this.#opening.vm, id] as const,
    };
  }

  /** Deletes images; those that are still there when it is over. What OpenNebula works on, as when it flattens, it refuses to delete. */
  async #deleteImages(images: readonly Image[]): Promise<readonly Image[]> {
    let rest = images;
    for (let attempt = 1; rest.length > 0 && attempt <= ATTEMPTS; attempt += 1) {
      await this.#waitForLocked(rest);
      const refused = await this.#change(rest.map(({ id }) => ({ argv: ['oneimage', 'delete', id] as const })));
      // OpenNebula says yes, and removes them later, or not.
      const kept = await this.#waitForGone(rest.filter((_image, index) => !refused.has(index)));
      const gone = rest.filter((image, index) => !refused.has(index) && !kept.some(({ id }) => id === image.id));
      this.#undone.push(...gone.map(({ id, name, isBackup }) => `${isBackup ? 'backup image' : 'image'} ${id} “${name}”`));
      if (refused.size === 0) return kept;
      const seen = await this.#waitForImages(rest, () => true);
      rest = seen.filter(({ id }) => rest.some((image) => image.id === id));
    }
    return rest;
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
   * Waits for the scheduler where ours is due. Deleted at the moment when it is taken up, nothing would tell any more that the backup is ours.
   * What was due a round ago waits for something else.
   */
  async #onceTakenUp(scene: Scene): Promise<Scene> {
    const due = (vm: Scene['vm']) => remainsOf(this.#journal, { ...scene, vm }, '').actions.filter(isDue);
    const since = Math.max(...due(scene.vm).map(({ time }) => time));
    const deadline = Math.min(ROUND, this.#cloud.site.deadlines.schedule) - (scene.now - since);
    if (!(deadline > 0)) return scene;
    await this.#waitForVm((vm) => due(vm).length === 0, deadline);
    return this.#look();
  }

  #waitForBackup(): Promise<void> {
    return this.#waitForVm(({ inBackup }) => !inBackup, this.#cloud.site.deadlines.cleanup);
  }

  async #waitForVm(enough: (vm: Scene['vm']) => boolean, deadline: number): Promise<void> {
    const lookAtVm = () => look(this.#cloud.onFrontend, ['onevm', 'show', '-x', this.#opening.vm], parseVirtualMachine, this.#deadline);
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
    const lookAtImages = () => look(this.#cloud.onFrontend, ['oneimage', 'list', '-x'], parseImages, this.#deadline);
    const all = (found: Image[]) => images.every(({ id }) => enough(found.find((image) => image.id === id)));
    const looked = await waitUntil(lookAtImages, all, { deadline: this.#cloud.site.deadlines.cleanup });
    this.#evidence.push(...looked.evidence);
    return 'value' in looked ? looked.value : images;
  }

  /** The probe file, and the directories of backups that are no more. */
  async onBackupServer(): Promise<void> {
    const probes = this.#changes('probe').filter(({ path }) => posix.basename(path).startsWith(namesOf(this.#journal.run).probe));
    const plan = await this.#plan(() => this.#look());
    if (probes.length + plan.empty.length + plan.debris.length === 0) return;
    const { own } = this.#opening;
    // Each path is told of only when it was there, and is gone; on lines of their own, whatever a login prints before.
    // One line, which csh, as a login shell, can read, too.
    const script = [
      'echo; for path; do case $path in',
      'probe:*) path=${path#probe:}; [ ! -e "$path" ] || { rm -f -- "$path" && echo "$path"; } || echo "kept:$path" ;;',
      'empty:*) path=${path#empty:}; rmdir -- "$path" && echo "$path" ;;',
      'debris:*) path=${path#debris:}; rm -rf -- "$path" && echo "$path" ;;',
      'esac; done; exit 0',
    ].join(' ');
    const below = (path: string) => posix.join(own, path);
    const removals = [
      ...probes.map(({ path }) => ({ how: 'probe', by: 'rm -f', path })),
      ...plan.debris.map((path) => ({ how: 'debris', by: 'rm -rf', path: below(path) })),
      ...plan.empty.map((path) => ({ how: 'empty', by: 'rmdir', path: below(path) })),
    ];
    const answer = await this.#cloud.onBackupServer.run({
      argv: ['bash', '-c', script, 'bash', ...removals.map(({ how, path }) => `${how}:${path}`)],
      deadline: this.#deadline,
      typed: removals.map(({ by, path }) => `${by} ${path}`).join('; '),
    });
    this.#evidence.push(answer);
    const told = new Set(answer.stdout.split('\n'));
    for (const { path } of removals) {
      if (told.has(`kept:${path}`)) this.#left.push(`${path} on ${answer.machine}: not removed (${spoken(answer.stderr)})`);
      else if (told.has(path)) this.#undone.push(`${path} on ${answer.machine}`);
    }
    if (answer.failure) throw new Unseen({ fault: `${answer.machine}: ${answer.failure.message}` });
  }

  async #plan(look: () => Scene | Promise<Scene>): Promise<Directories> {
    const existed = beforeOf(this.#journal.changes);
    if (!existed || this.#stillInBackup) return { empty: [], debris: [] };
    const found = this.#seen(await directories(this.#cloud, this.#opening));
    const { images } = await look();
    return directoriesOf(existed, found, images, directoriesIn(this.#log, this.#opening.vm));
  }

  /** What is still there is left, whoever kept it. */
  async lookAgain(): Promise<void> {
    const { own, vm } = this.#opening;
    const scene = await this.#look();
    const { actions, templates, images } = remainsOf(this.#journal, scene, this.#log);
    this.#left.push(
      ...templates.map(({ id }) => `template ${id}: remove it with onetemplate delete ${id}`),
      ...images.map(({ id, error }) => `image ${id}${error && ` (${error})`}: remove it with oneimage delete ${id}`),
      ...actions.map(({ id }) => `scheduled backup ${id}: remove it with onevm sched-delete ${vm} ${id}`),
    );
    const { empty, debris } = await this.#plan(() => scene);
    const { machine } = this.#cloud.onBackupServer;
    this.#left.push(
      ...[...debris, ...empty].map((path) => {
        const place = posix.join(own, path);
        return `${place} on ${machine} belongs to no image. Look at it, then remove it: rm -r ${place}`;
      }),
    );
  }
}
