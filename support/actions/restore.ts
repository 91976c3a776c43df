import { posix } from 'node:path';
import type { Machines } from '../facts/cloud.ts';
import type { BackupFiles, Comparison, DiskFile, Restoration } from '../facts/gate.ts';
import { readSpace, spaceProbe } from '../facts/space.ts';
import { spoken } from '../machines/openssh.ts';
import { MiB, stopped } from '../machines/shell.ts';
import { survey } from '../machines/survey.ts';
import { look, unheard, waitUntil } from '../opennebula/ask.ts';
import { causeIn } from '../opennebula/causes.ts';
import type { Image } from '../opennebula/images.ts';
import { peekAtImages } from '../opennebula/pages.ts';
import { parseShape } from '../opennebula/pools.ts';
import type { Evidence, Looked } from '../outcome/evidence.ts';
import { adviceOf } from './backup.ts';
import { type Change, canaryNamesOf, namesOf, type RunJournal, sampleNamesOf } from './journal.ts';

interface Request {
  readonly backup: Image;
  readonly files: BackupFiles;
  readonly journal: RunJournal;
  readonly signal: AbortSignal;
  /** What is written down before, and how what is made is called. */
  readonly as: Naming;
}

/** The names of what a restore makes, and the change that announces it. */
export interface Naming {
  readonly restored: string;
  readonly temporary: string;
  readonly change: (image: string) => Extract<Change, { name: string }>;
}

/** Of the test backup; of the backup of a VM of production; of that of a canary. */
export function asTest(run: string): Naming {
  const { restored, temporary } = namesOf(run);
  return { restored, temporary, change: (image) => ({ change: 'restore', name: restored, image }) };
}
export function asSample(run: string, vm: string): Naming {
  const names = sampleNamesOf(run, vm);
  return { ...names, change: (image) => ({ change: 'sample', name: names.restored, image, vm }) };
}
export function asCanary(run: string, host: string, vm: string): Naming {
  const names = canaryNamesOf(run, host);
  return { ...names, change: () => ({ change: 'canary', name: names.restored, host, vm }) };
}

/**
 * Restores a backup into the declared image datastore, and compares each disk with the file on the backup server, and the template with the
 * description there. Of a chain the newest increment is asked for by its number: without one OpenNebula takes the newest disks, and the
 * template of the first full backup. Seen on 7.4.0.
 */
export async function restore(cloud: Machines, { backup, files, journal, signal, as }: Request): Promise<Restoration> {
  const { site } = cloud;
  const { command } = site.deadlines;
  const evidence: Evidence[] = [];
  const came = (stage: Restoration['stage'], found: string, more: Partial<Restoration> = {}): Restoration => ({
    ...{ stage, found, evidence, comparisons: [] },
    ...more,
  });
  if (signal.aborted) return came('unseen', stopped(signal).message);
  const room = await roomToCompare(cloud, files);
  evidence.push(...room.evidence);
  if ('fault' in room) return came('unseen', room.fault, adviceOf(room));
  const { restored: name, temporary, change } = as;
  const brought = await bringBack(cloud, { backup, change: change(backup.id), journal, signal });
  evidence.push(...brought.evidence);
  if (brought.stage !== 'ready') return came(brought.stage, brought.found, adviceOf(brought));
  const { images, seconds } = brought;

  const folder = posix.join(site.restore.tmp_dir, temporary);
  const made = await journal.record([{ change: 'temporary', path: folder }], {
    argv: ['mkdir', '-m', '700', '--', folder],
    deadline: command,
  });
  if (made.failure || made.exitCode !== 0)
    return came('unseen', `${folder} could not be made: ${made.failure?.message ?? made.stderr.trim()}`);
  const comparisons: Comparison[] = [];
  for (const disk of backup.disks) {
    const image = images.find((candidate) => candidate.name === `${name}-disk-${disk}`);
    const links = files.disks.filter((file) => file.disk === disk);
    if (image) comparisons.push({ disk, bytes: sizeOf(links), ...(await compare(cloud, { links, image, folder })) });
  }
  const template = await compareTemplate(cloud, brought.template, files);
  return came('ready', '', { comparisons, seconds, ...(template && { template }) });
}

/** What OpenNebula restored: its images, and its template's id. */
type Brought = Pick<Restoration, 'found' | 'fix' | 'evidence'> &
  (
    | { readonly stage: Exclude<Restoration['stage'], 'ready'> }
    | { readonly stage: 'ready'; readonly images: readonly Image[]; readonly template: string | undefined; readonly seconds: number }
  );

/** Asks for a restore, and waits for its images. */
export async function bringBack(
  { onFrontend, site }: Machines,
  {
    backup,
    change,
    options = [],
    journal,
    signal,
  }: Pick<Request, 'backup' | 'journal' | 'signal'> & {
    readonly change: Extract<Change, { name: string }>;
    readonly options?: readonly string[];
  },
): Promise<Brought> {
  const { command, restore: deadline } = site.deadlines;
  const { name } = change;
  const began = Date.now();
  const newest = backup.increments.at(-1);
  const number = newest ? ['--increment', newest.id] : [];
  const asked = await journal.record([change], {
    argv: ['oneimage', 'restore', backup.id, '-d', site.restore.datastore, '--name', name, ...number, ...options],
    deadline,
  });
  const evidence: Evidence[] = [asked];
  const came = (stage: Exclude<Restoration['stage'], 'ready'>, found: string, advice: { fix?: string } = {}) => ({
    ...{ stage, found, evidence },
    ...advice,
  });
  const missed = unheard(asked);
  if (missed !== undefined) return came('unseen', missed);
  // OpenNebula's errors come on stdout; only the ids say that it began.
  if (!/^Images: \d/m.test(asked.stdout)) return came('refused', causeIn(`${asked.stdout}${asked.stderr}`) || 'no word');

  const wanted = backup.disks.map((disk) => `${name}-disk-${disk}`);
  const lookAtImages = () => peekAtImages(onFrontend, (images) => images.filter((image) => wanted.includes(image.name)), command);
  const isOver = (images: readonly Image[]) =>
    images.some(({ state }) => state === 'error') || (images.length === wanted.length && images.every(({ state }) => state === 'ready'));
  const images = await waitUntil(lookAtImages, isOver, { deadline, signal });
  const seconds = Math.round((Date.now() - began) / 1000);
  evidence.push(...images.evidence);
  if ('fault' in images) return came('unseen', images.fault, adviceOf(images));
  const broken = images.value.find(({ state }) => state === 'error');
  if (broken) return came('error', `image ${broken.id} in state ERROR: ${causeIn(broken.error)}`);
  if (signal.aborted) return came('unseen', stopped(signal).message);
  if (!images.inTime)
    return came('late', `after ${deadline} s: ${images.value.map(({ id, state }) => `image ${id} ${state}`).join(', ') || 'no image'}`);
  return { stage: 'ready', found: '', evidence, images: images.value, template: /^VM Template: (\d+)$/m.exec(asked.stdout)?.[1], seconds };
}

/** Restored, and as it lies on the backup server. */
export const isEqual = ({ stage, comparisons, template }: Restoration): boolean =>
  stage === 'ready' &&
  comparisons.every(({ content }) => content === 'equal') &&
  (template === undefined || ('value' in template && template.value.length === 0));

/** In what the restored template differs from the description of the backup; undefined where there is nothing to compare. */
async function compareTemplate(
  { onFrontend, site }: Machines,
  id: string | undefined,
  { description: { content } }: BackupFiles,
): Promise<Looked<readonly string[]> | undefined> {
  const expected = 'value' in content ? content.value.shape : undefined;
  if (id === undefined || !expected) return undefined;
  const differences = (xml: string) => {
    const found = parseShape(xml, 'VMTEMPLATE');
    return Object.entries(expected).flatMap(([name, value]) =>
      found[name] === value ? [] : `${name} ${found[name] || 'none'}, expected ${value || 'none'}`,
    );
  };
  return look(onFrontend, ['onetemplate', 'show', '-x', id], differences, site.deadlines.command);
}

const sizeOf = (files: readonly DiskFile[]): number => files.reduce((sum, { bytes = 0 }) => sum + bytes, 0);

/** Whether the files fit where they are compared. */
async function roomToCompare({ onFrontend, site }: Machines, { disks, description }: BackupFiles): Promise<Looked<undefined>> {
  const { command: deadline } = site.deadlines;
  const { tmp_dir: folder } = site.restore;
  const { answers, asked } = await survey(onFrontend, [spaceProbe('space', [folder], deadline)], { deadline });
  const answer = answers.get('space');
  const [space] = readSpace(answer) ?? [];
  if (!answer || !space) return { fault: `no answer to how much room there is in ${folder} on ${asked.machine}`, evidence: [asked] };
  const evidence = [answer];
  const needed = Math.ceil((sizeOf(disks) + (description.bytes ?? 0)) / MiB) + 1;
  const free = Math.floor(space.availableBytes / MiB);
  if (free >= needed) return { value: undefined, evidence };
  return {
    fault: `${folder} on ${answer.machine} has ${free} MiB free, and ${needed} MiB are needed to compare the disks there`,
    fix: 'Make room, or name another directory: restore.tmp_dir.',
    evidence,
  };
}

/** Brings the links of a disk to the front-end, chains them there, and compares the whole with the restored image. */
async function compare(
  { onFrontend, onBackupServer, site }: Machines,
  { links, image, folder }: { links: readonly DiskFile[]; image: Image; folder: string },
): Promise<Pick<Comparison, 'content' | 'found' | 'evidence'>> {
  const { restore: deadline, command } = site.deadlines;
  const evidence: Evidence[] = [];
  const unseen = (found: string) => ({ content: 'unseen' as const, found, evidence });
  const reached = await onFrontend.run({ argv: ['test', '-r', image.source], deadline: command });
  if (reached.exitCode !== 0) {
    evidence.push(reached);
    return unseen(`the restored image ${image.id} lies at ${image.source || 'no path'}, which cannot be read on ${reached.machine}`);
  }
  const copies: string[] = [];
  for (const { path } of links) {
    const copy = posix.join(folder, posix.basename(path));
    const answer = await onBackupServer.run({ argv: ['cat', '--', path], into: copy, deadline });
    evidence.push(answer);
    if (answer.failure || answer.exitCode !== 0)
      return unseen(`${path} could not be fetched from ${answer.machine}: ${answer.failure?.message ?? spoken(answer.stderr)}`);
    copies.push(copy);
  }
  const format = image.format === 'raw' ? 'raw' : 'qcow2';
  const script = `image=$1 format=$2; shift 2
below=$1; shift
for link; do qemu-img rebase -u -f qcow2 -F qcow2 -b "$below" "$link" || exit 9; below=$link; done
exec qemu-img compare -f qcow2 -F "$format" "$below" "$image"`;
  const answer = await onFrontend.run({
    argv: ['bash', '-c', script, 'bash', image.source, format, ...copies],
    deadline,
    typed: `qemu-img compare -f qcow2 -F ${format} ${copies.at(-1)} ${image.source}`,
  });
  evidence.push(answer);
  if (answer.failure) return unseen(answer.failure.message);
  // It says so in these words. Source: qemu-img.c, img_compare.
  if (answer.exitCode === 0 && answer.stdout.split('\n').includes('Images are identical.'))
    return { content: 'equal', found: '', evidence };
  const found = (answer.stdout || answer.stderr).trim();
  if (answer.exitCode === 1) return { content: 'different', found, evidence };
  return unseen(`${answer.command} ended with exit ${answer.exitCode}: ${found}`);
}
