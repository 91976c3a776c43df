import type { Machines } from '../facts/cloud.ts';
import type { BackupFiles, Sample, SampleChoice, SampleRestored, Sampling } from '../facts/gate.ts';
import { readSpace, spaceProbe } from '../facts/space.ts';
import { MiB, stopped } from '../machines/shell.ts';
import { survey } from '../machines/survey.ts';
import type { Image } from '../opennebula/images.ts';
import type { Evidence, Looked } from '../outcome/evidence.ts';
import type { Site } from '../site/schema.ts';
import { inspectFiles, linksOf } from './files.ts';
import type { RunJournal, Target } from './journal.ts';
import { asSample, isEqual, restore } from './restore.ts';
import { lookAround } from './scene.ts';

interface Request {
  readonly choice: SampleChoice;
  readonly journal: RunJournal;
  readonly signal: AbortSignal;
  /** Where on the front-end restored images lie. */
  readonly images: string;
  /** Takes away what was made of the backup of a VM. */
  readonly takeAway: (vm: string) => Promise<void>;
}

/** Restores backups of production as images, one after the other, compares each, and takes it away before the next. Starts nothing. */
export async function restoreSample(cloud: Machines, { choice, takeAway, ...request }: Request): Promise<Sampling> {
  const restored: SampleRestored[] = [];
  for (const sample of choice.chosen) {
    // What was not begun waits for its turn as before.
    const isBegun = !request.signal.aborted;
    const came = await restoreOne(withTime(cloud, sample.sizeMb), sample, request);
    restored.push({ ...sample, ...came, ...(isBegun && { ended: new Date().toISOString() }) });
    await takeAway(sample.vm.id);
  }
  return { ...choice, restored };
}

/** Seconds that a restore may take: as the site file says, and a minute for each GiB. */
export const deadlineOf = ({ deadlines }: Site, sizeMb: number): number => deadlines.restore + 60 * Math.ceil(sizeMb / 1024);

/** Seconds that all restores of a sample may take: each is checked, restored, fetched and compared. */
export const sampleTime = (site: Site): number =>
  site.restore.sample ? site.restore.sample.vms * 4 * deadlineOf(site, site.restore.sample.max_size) : 0;

/** The same machines, which have the time that so much takes. */
export function withTime({ site, onFrontend, onBackupServer }: Machines, sizeMb: number): Machines {
  const time = deadlineOf(site, sizeMb);
  const deadlines = { ...site.deadlines, restore: time, backup: Math.max(site.deadlines.backup, time) };
  return { site: { ...site, deadlines }, onFrontend, onBackupServer };
}

type Restored = Pick<SampleRestored, 'files' | 'restore'>;

async function restoreOne(
  cloud: Machines,
  { vm, image: listed }: Sample,
  { journal, signal, images }: Pick<Request, 'journal' | 'signal' | 'images'>,
): Promise<Restored> {
  const target = { ...journal.opening, vm: vm.id };
  const evidence: Evidence[] = [];
  const unseen = ({ fault, fix }: { fault: string; fix?: string }): Restored => ({
    restore: { stage: 'unseen', found: fault, evidence, comparisons: [], ...(fix !== undefined && { fix }) },
  });
  if (signal.aborted) return unseen({ fault: stopped(signal).message });
  const found = await undisturbed(cloud, target, listed.id);
  evidence.push(...found.evidence);
  if ('fault' in found) return unseen(found);
  const backup = found.value;
  const files = await inspectFiles(cloud, target, backup);
  const room = await roomFor(cloud, files, images);
  evidence.push(...room.evidence);
  if ('fault' in room) return { files, ...unseen(room) };
  const restored = await restore(cloud, { backup, files, journal, signal, as: asSample(journal.run, vm.id) });
  if (restored.stage === 'unseen' || isEqual(restored)) return { files, restore: restored };
  // What somebody else deletes or adds to meanwhile proves nothing.
  const after = await undisturbed(cloud, target, listed.id);
  const changed = 'value' in after ? changeOf(backup, after.value) : after.fault;
  if (changed === undefined) return { files, restore: restored };
  return { files, restore: { ...restored, stage: 'unseen', found: changed, evidence: [...restored.evidence, ...after.evidence] } };
}

/** The backup as it is now, unless somebody is at work on it. */
async function undisturbed(cloud: Machines, target: Target, id: string): Promise<Looked<Image>> {
  const scene = await lookAround(cloud, target);
  if ('fault' in scene) return scene;
  const { evidence, value } = scene;
  const image = value.images.find((each) => each.id === id);
  const fix = 'Run the gate again when that has ended.';
  if (value.vm.inBackup) return { fault: 'it being backed up', fix, evidence };
  if (!image) return { fault: `its backup, image ${id}, deleted meanwhile`, fix: 'Run the gate again.', evidence };
  if (image.state === 'locked') return { fault: `OpenNebula at work on its backup, image ${id} (LOCKED)`, fix, evidence };
  return { value: image, evidence };
}

/** In what a backup is another one than before; undefined where it is the same. */
export function changeOf(before: Image, now: Image): string | undefined {
  const links = (image: Image) => linksOf(image).map(({ source }) => source);
  return links(before).join() === links(now).join() ? undefined : `its backup, image ${now.id}, changed meanwhile`;
}

/** Whether a backup fits where it is compared and, where that is the same volume, is restored besides. */
export async function roomFor(
  { onFrontend, site }: Pick<Machines, 'onFrontend' | 'site'>,
  { disks }: Pick<BackupFiles, 'disks'>,
  images: string,
): Promise<Looked<undefined>> {
  const { command: deadline } = site.deadlines;
  const { tmp_dir: folder } = site.restore;
  const { answers, asked } = await survey(
    onFrontend,
    [spaceProbe('space', [folder], deadline), { name: 'device', argv: ['stat', '-c', '%d', '--', folder, images], deadline }],
    { deadline: 2 * deadline },
  );
  const evidence = answers.size === 0 ? [asked] : [...answers.values()];
  const [space] = readSpace(answers.get('space')) ?? [];
  if (!space) return { fault: `no answer to how much room there is in ${folder} on ${asked.machine}`, evidence };
  const [one, other] = answers.get('device')?.stdout.split('\n') ?? [];
  const copies = one !== undefined && one === other ? 2 : 1;
  const size = disks.reduce((sum, { bytes = 0 }) => sum + bytes, 0);
  const [free, needed] = [Math.floor(space.availableBytes / MiB), Math.ceil((copies * size) / MiB) + 1];
  if (free >= needed) return { value: undefined, evidence };
  return {
    fault: `${free} MiB free in ${folder} on ${asked.machine}, where ${needed} MiB are needed to restore it and compare the disks`,
    fix: 'Make room, name another directory (restore.tmp_dir), or lower restore.sample.max_size.',
    evidence,
  };
}
