import { posix } from 'node:path';
import type { Cloud } from '../facts/cloud.ts';
import type { Read } from '../opennebula/ask.ts';
import { type Backup, makeBackup } from './backup.ts';
import { type Chain, growChain, isWhole } from './chain.ts';
import { type BackupFiles, inspectFiles } from './files.ts';
import { type Journal, JournalBook, type RunJournal } from './journal.ts';
import { type ProbeFile, probeStorage } from './probe.ts';
import { type Restoration, restore } from './restore.ts';
import { directories, lookAround, type Scene } from './scene.ts';
import { type CleanUp, undo } from './undo.ts';

/** The test backup with what it was made of. */
export interface TestBackup {
  readonly before: Scene;
  readonly backup: Backup;
}

/** A test backup and its restore, step by step. Each step is done once, when first asked for, after those it rests on. */
export class Drill {
  readonly #cloud: Cloud;
  readonly #run: string;
  readonly #vm: string;
  readonly #signal: AbortSignal;
  /** What the run's interruption does not stop: what was begun must be cleaned up. */
  readonly #patient: Cloud;
  readonly #book: JournalBook;
  readonly #earlier: CleanUp[] = [];
  #journal: Promise<Read<RunJournal>> | undefined;
  readonly #done = new Map<string, Promise<unknown>>();

  /** `vm` is the test virtual machine's id. */
  constructor(cloud: Cloud, patient: Cloud, { run, vm, signal }: { run: string; vm: string; signal: AbortSignal }) {
    this.#cloud = cloud;
    this.#patient = patient;
    this.#run = run;
    this.#vm = vm;
    this.#signal = signal;
    const { datastore, deadlines } = cloud.site;
    this.#book = new JournalBook(patient.onFrontend, datastore.name, deadlines.command);
  }

  /** A small file made in storage, renamed and deleted. */
  probe(): Promise<Read<ProbeFile>> {
    return this.#once('probe', async () => {
      const journal = await this.#begin();
      return 'fault' in journal ? journal : probeStorage(this.#cloud, journal.value);
    });
  }

  /** A backup through the scheduler; of a virtual machine that keeps increments, the first of a chain of its own. */
  backup(): Promise<Read<TestBackup>> {
    return this.#once('backup', async () => {
      const journal = await this.#begin();
      if ('fault' in journal) return journal;
      const subject = journal.value.opening;
      const [scene, listed] = await Promise.all([lookAround(this.#cloud, subject), directories(this.#cloud, subject)]);
      if ('fault' in scene) return scene;
      if ('fault' in listed) return listed;
      const { vm, images } = scene.value;
      const before = {
        images: images.map(({ id }) => id),
        actions: vm.backupActions.map(({ id }) => id),
        directories: listed.value,
      };
      const request = { subject, scene: scene.value, reset: vm.keepsIncrements, journal: journal.value, before, signal: this.#signal };
      return { value: { before: scene.value, backup: await makeBackup(this.#cloud, request) } };
    });
  }

  /** The files of that backup; undefined where there is none. */
  files(): Promise<BackupFiles | undefined> {
    return this.#once('files', async () => {
      const [journal, made] = [await this.#begin(), await this.backup()];
      if ('fault' in journal || 'fault' in made || !made.value.backup.image) return undefined;
      return inspectFiles(this.#cloud, journal.value.opening, made.value.backup.image);
    });
  }

  /** Increments on top of it, until they are flattened; undefined where there is no backup, or the virtual machine keeps none. */
  chain(): Promise<Chain | undefined> {
    return this.#once('chain', async () => {
      const [journal, made] = [await this.#begin(), await this.backup()];
      if ('fault' in journal || 'fault' in made) return undefined;
      const { image } = made.value.backup;
      const { keepsIncrements, keepLast } = made.value.before.vm;
      if (!image || !keepsIncrements) return undefined;
      const request = { subject: journal.value.opening, journal: journal.value, signal: this.#signal };
      return growChain(this.#cloud, request, image, keepLast);
    });
  }

  /** The backup, or the chain it has become, restored and compared; undefined where there is none, or the chain is broken. */
  restore(): Promise<Restoration | undefined> {
    return this.#once('restore', async () => {
      const [journal, made, chain] = [await this.#begin(), await this.backup(), await this.chain()];
      if ('fault' in journal || 'fault' in made || (chain && !isWhole(chain))) return undefined;
      const backup = chain?.image ?? made.value.backup.image;
      const files = chain?.files ?? (await this.files());
      if (!backup || !files) return undefined;
      return restore(this.#cloud, { backup, files, journal: journal.value, signal: this.#signal });
    });
  }

  /** Something was begun, so that there may be something to clean up. */
  get begun(): boolean {
    return this.#journal !== undefined;
  }

  /** What became of all that this run has made, and earlier ones have left. */
  cleanUp(): Promise<Read<readonly CleanUp[]>> {
    return this.#once('clean-up', async () => {
      const journal = await this.#begin();
      if ('fault' in journal) return journal;
      const own = await finish(this.#patient, this.#book, journal.value);
      await this.#book.release();
      return { value: [...this.#earlier, own] };
    });
  }

  close(): void {
    this.#patient.close();
  }

  /** Takes the book of journals, undoes what dead runs have left, and opens a page of our own. */
  #begin(): Promise<Read<RunJournal>> {
    this.#journal ??= (async () => {
      const earlier = await takeOver(this.#patient, this.#book);
      if ('fault' in earlier) return earlier;
      this.#earlier.push(...earlier.value);
      const { name, path } = this.#cloud.site.datastore;
      const { datastores } = await this.#cloud.frontend();
      const id = 'value' in datastores ? datastores.value.find((datastore) => datastore.name === name)?.id : undefined;
      const own = id === undefined ? path : posix.join(path, id);
      return { value: this.#book.open(this.#run, { opened: 1, datastore: { id: id ?? '', name }, vm: this.#vm, own }) };
    })();
    return this.#journal;
  }

  #once<T>(step: string, work: () => Promise<T>): Promise<T> {
    const known = this.#done.get(step) as Promise<T> | undefined;
    if (known) return known;
    const begun = work();
    this.#done.set(step, begun);
    return begun;
  }
}

/** Undoes what dead runs have left of a datastore; or says why it cannot. */
export async function cleanUpAfterOthers(cloud: Cloud): Promise<Read<readonly CleanUp[]>> {
  const { site, onFrontend } = cloud;
  const book = new JournalBook(onFrontend, site.datastore.name, site.deadlines.command);
  try {
    return await takeOver(cloud, book);
  } finally {
    await book.release();
  }
}

/** Takes the book of journals, and undoes what dead runs have left; a book that cannot be taken or read is not kept. */
async function takeOver(cloud: Cloud, book: JournalBook): Promise<Read<readonly CleanUp[]>> {
  const busy = await book.take();
  if (busy !== undefined) return { fault: busy };
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
async function finish(cloud: Cloud, book: JournalBook, journal: Journal): Promise<CleanUp> {
  const busy = await book.settle(journal.run);
  if (busy !== undefined) return { run: journal.run, undone: [], left: [], fault: busy, evidence: [] };
  const result = await undo(cloud, journal);
  if (result.left.length === 0 && result.fault === undefined) await book.strike(journal.run);
  return result;
}
