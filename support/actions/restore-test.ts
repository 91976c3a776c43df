import { posix } from 'node:path';
import { type Cloud, type Machines, storagePlaces } from '../facts/cloud.ts';
import { declaredDatastore } from '../facts/frontend.ts';
import type {
  BackupFiles,
  Begun,
  Boot,
  Canaries,
  CanaryChoice,
  Chain,
  CleanUp,
  ProbeFile,
  Restoration,
  SampleChoice,
  Sampling,
  TestBackup,
} from '../facts/gate.ts';
import type { Image } from '../opennebula/images.ts';
import type { ListedVirtualMachine } from '../opennebula/pools.ts';
import type { Evidence, Read } from '../outcome/evidence.ts';
import { makeBackup } from './backup.ts';
import { boot } from './boot.ts';
import { makeCanaries } from './canary.ts';
import { growChain, isWhole } from './chain.ts';
import { inspectFiles } from './files.ts';
import { type Change, canaryNamesOf, type Journal, JournalBook, type RunJournal, sampleNamesOf } from './journal.ts';
import { probeStorage } from './probe.ts';
import { asTest, isEqual, restore } from './restore.ts';
import { restoreSample } from './sample.ts';
import { directories, lookAround } from './scene.ts';
import { hasOneChain, startOf, whyUnfit } from './start.ts';
import { undo } from './undo.ts';

/** A test backup and its restore, step by step. Each step is taken once, when first asked for, after those it rests on. */
export class RestoreTest {
  readonly #cloud: Cloud;
  readonly #run: string;
  readonly #vm: string;
  readonly #signal: AbortSignal;
  readonly #book: JournalBook;
  readonly #earlier: CleanUp[] = [];
  /** What was made of samples and of what was started, and is gone again; and the commands that removed it. */
  readonly #takenAway: string[] = [];
  readonly #evidence: Evidence[] = [];
  #journal: Promise<Begun<RunJournal>> | undefined;
  readonly #taken = new Map<string, Promise<unknown>>();

  /** `vm` is the test VM's id. `signal` stops what is under way, but not the clean-up: what was begun must be undone. */
  constructor(cloud: Cloud, { run, vm, signal }: { run: string; vm: string; signal: AbortSignal }) {
    this.#cloud = cloud;
    this.#run = run;
    this.#vm = vm;
    this.#signal = signal;
    this.#book = bookOf(cloud.patient);
  }

  /** A small file made in storage, renamed and deleted. */
  probe(): Promise<Begun<ProbeFile>> {
    return this.#once('probe', async () => {
      const journal = await this.#begin();
      return 'fault' in journal ? journal : probeStorage(this.#cloud, journal.value);
    });
  }

  /**
   * A backup through the scheduler; of a VM that keeps increments, the first of a chain of its own. In SNAPSHOT mode, which
   * allows one chain, the next of that.
   */
  backup(): Promise<Begun<TestBackup>> {
    return this.#once('backup', async () => {
      const journal = await this.#begin();
      if ('fault' in journal) return journal;
      const { opening: target } = journal.value;
      const scene = await lookAround(this.#cloud, target);
      if ('fault' in scene) return scene;
      // After the size of the log: what somebody else's backup makes from now on, the rest of the log tells to be theirs.
      const listed = await directories(this.#cloud, target);
      if ('fault' in listed) return listed;
      const { vm, images } = scene.value;
      const { datastores } = await this.#cloud.frontend();
      const unfit = await whyUnfit(this.#cloud, scene.value, { target, datastores: 'value' in datastores ? datastores.value : [] });
      if (unfit) {
        const evidence = [...scene.evidence, ...unfit.evidence];
        return { value: { before: vm, backup: { ...unfit, stage: 'unfit', started: false, inTheWay: [], evidence } } };
      }
      const before = {
        images: images.map(({ id }) => id),
        actions: vm.backupActions.map(({ id }) => id),
        directories: listed.value,
      };
      const request = { target, scene: scene.value, ...startOf(scene.value), journal: journal.value, before, signal: this.#signal };
      return { value: { before: vm, backup: await makeBackup(this.#cloud, request) } };
    });
  }

  /** The files of that backup; undefined where there is none. */
  files(): Promise<BackupFiles | undefined> {
    return this.#once('files', async () => {
      const made = await this.#made();
      return made && inspectFiles(this.#cloud, made.journal.opening, made.image);
    });
  }

  /** Increments on top of it, until they are flattened; undefined where there is no backup, or the VM keeps none, or no more than one chain. */
  chain(): Promise<Chain | undefined> {
    return this.#once('chain', async () => {
      const made = await this.#made();
      if (!made?.before.keepsIncrements || hasOneChain(made.before)) return undefined;
      const { journal, image, before } = made;
      return growChain(this.#cloud, { target: journal.opening, journal, signal: this.#signal }, image, before.keepLast);
    });
  }

  /** The backup, or the chain it has become, restored and compared; undefined where there is none, or the chain is broken. */
  restore(): Promise<Restoration | undefined> {
    return this.#once('restore', async () => {
      const [made, chain] = [await this.#made(), await this.chain()];
      if (!made || (chain && !isWhole(chain))) return undefined;
      const [backup, files] = [chain?.image ?? made.image, chain?.files ?? (await this.files())];
      return files && restore(this.#cloud, { backup, files, journal: made.journal, signal: this.#signal, as: asTest(this.#run) });
    });
  }

  /** The same backup, restored once more and started, and taken away again; undefined where that is not equal to its files, or nothing is to be started. */
  boot(): Promise<Boot | undefined> {
    return this.#once('boot', async () => {
      const [made, chain, restored] = [await this.#made(), await this.chain(), await this.restore()];
      if (!made || !restored || !isEqual(restored) || !this.#cloud.site.restore.boot) return undefined;
      const { journal, image, before } = made;
      const request = { backup: chain?.image ?? image, disks: before.disks, journal, signal: this.#signal };
      const booted = await boot(this.#cloud, request);
      await this.#takeAway(journal, ({ change }) => change === 'boot' || change === 'start');
      return booted;
    });
  }

  /** A VM made on each of some hosts, backed up, restored, compared, and taken away again. */
  canaries(choice: Read<CanaryChoice>, barrierOf: (vm: string) => string | undefined): Promise<Begun<Canaries>> {
    return this.#once('canaries', async () => {
      if ('fault' in choice) return choice;
      const begun = await this.#begin();
      if ('fault' in begun) return begun;
      const { value: journal } = begun;
      const takeAway = (host: string) => this.#takeAway(journal, (change) => isOfCanary(change, { run: this.#run, host }));
      return { value: await makeCanaries(this.#cloud, { choice: choice.value, journal, signal: this.#signal, barrierOf, takeAway }) };
    });
  }

  /** The newest backups of some VMs of production, restored, compared, and taken away again. */
  sample(choice: Read<SampleChoice>): Promise<Begun<Sampling>> {
    return this.#once('sample', async () => {
      if ('fault' in choice) return choice;
      const begun = await this.#begin();
      if ('fault' in begun) return begun;
      const { value: journal } = begun;
      const { datastores } = await this.#cloud.frontend();
      const known = 'value' in datastores ? datastores.value : [];
      const images = known.find(({ name }) => name === this.#cloud.site.restore.datastore)?.basePath ?? '';
      const takeAway = (vm: string) => this.#takeAway(journal, (change) => isOfSample(change, { run: this.#run, vm }));
      return { value: await restoreSample(this.#cloud, { choice: choice.value, journal, signal: this.#signal, images, takeAway }) };
    });
  }

  /** Takes away what some changes made; what is left of that is looked at again in the end. */
  async #takeAway(journal: RunJournal, isMeant: (change: Change) => boolean): Promise<void> {
    const changes = journal.changes.filter(isMeant);
    const { undone, evidence } = await undo(this.#cloud.patient, { run: this.#run, opening: journal.opening, changes }, (opening) =>
      this.#book.open(this.#run, opening, changes),
    );
    this.#takenAway.push(...undone);
    this.#evidence.push(...evidence);
  }

  /** Something was begun, so that there may be something to clean up. */
  get begun(): boolean {
    return this.#journal !== undefined;
  }

  /** What became of all that this run has made, and earlier ones have left. */
  cleanUp(): Promise<Begun<readonly CleanUp[]>> {
    return this.#once('clean-up', async () => {
      const journal = await this.#begin();
      if ('fault' in journal) return journal;
      const own = await finish(this.#cloud.patient, this.#book, journal.value);
      await this.#book.release();
      const all = { undone: [...this.#takenAway, ...own.undone], evidence: [...this.#evidence, ...own.evidence] };
      return { value: [...this.#earlier, { ...own, ...all }] };
    });
  }

  /** The backup that was made; undefined where it came to none. */
  async #made(): Promise<{ journal: RunJournal; before: ListedVirtualMachine; image: Image } | undefined> {
    const [journal, made] = [await this.#begin(), await this.backup()];
    if ('fault' in journal || 'fault' in made) return undefined;
    const { before, backup } = made.value;
    return backup.image && { journal: journal.value, before, image: backup.image };
  }

  /** Takes the book of journals, undoes what dead runs have left, and opens a page of our own. */
  #begin(): Promise<Begun<RunJournal>> {
    this.#journal ??= (async () => {
      const earlier = await takeOver(this.#cloud.patient, this.#book);
      if ('fault' in earlier) return { ...earlier, ofAll: true };
      this.#earlier.push(...earlier.value);
      const { site } = this.#cloud;
      const registered = declaredDatastore({ frontend: await this.#cloud.frontend(), site });
      const datastore = { id: registered?.id ?? '', name: site.datastore.name };
      return { value: this.#book.open(this.#run, { opened: 1, datastore, vm: this.#vm, own: storagePlaces(registered, site).own }) };
    })();
    return this.#journal;
  }

  #once<T>(step: string, work: () => Promise<T>): Promise<T> {
    const known = this.#taken.get(step) as Promise<T> | undefined;
    if (known) return known;
    const begun = work();
    this.#taken.set(step, begun);
    return begun;
  }
}

/** Whether a change was made for the sample of that VM. */
function isOfSample(change: Change, { run, vm }: { run: string; vm: string }): boolean {
  if (change.change === 'temporary') return posix.basename(change.path) === sampleNamesOf(run, vm).temporary;
  return change.change === 'sample' && change.vm === vm;
}

/** Whether a change was made for the canary on that host. */
function isOfCanary(change: Change, { run, host }: { run: string; host: string }): boolean {
  if (change.change === 'temporary') return posix.basename(change.path) === canaryNamesOf(run, host).temporary;
  return change.change === 'canary' && change.host === host;
}

const bookOf = ({ onFrontend, site }: Machines) => new JournalBook(onFrontend, site.datastore.name, site.deadlines.command);

/** Undoes what dead runs have left of a datastore; or says why it cannot. */
export async function cleanUpAfterOthers(cloud: Machines): Promise<Read<readonly CleanUp[]>> {
  const book = bookOf(cloud);
  try {
    return await takeOver(cloud, book);
  } finally {
    await book.release();
  }
}

/** Takes the book of journals, and undoes what dead runs have left; a book that cannot be taken or read is not kept. */
async function takeOver(cloud: Machines, book: JournalBook): Promise<Read<readonly CleanUp[]>> {
  const taken = await book.take();
  if ('fault' in taken) return taken;
  const left = await book.leftBehind();
  if ('fault' in left) {
    await book.release();
    return left;
  }
  const results: CleanUp[] = [];
  for (const journal of left.value) results.push(await finish(cloud, book, journal));
  return { value: results };
}

/** Undoes what a run has made, and strikes it off the book once nothing is left. */
async function finish(cloud: Machines, book: JournalBook, journal: Journal): Promise<CleanUp> {
  const busy = await book.settle(journal.run);
  if (busy !== undefined) return { run: journal.run, undone: [], left: [], fault: busy, evidence: [] };
  const result = await undo(cloud, journal, (opening) => book.open(journal.run, opening, journal.changes));
  if (result.left.length === 0 && result.fault === undefined) await book.strike(journal.run);
  return result;
}
