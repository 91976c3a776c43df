import { posix } from 'node:path';
import type { Cloud } from '../facts/cloud.ts';
import { readSpace, spaceProbe } from '../facts/space.ts';
import { spoken } from '../machines/openssh.ts';
import { stopped } from '../machines/shell.ts';
import { survey } from '../machines/survey.ts';
import { look, unheard, waitUntil } from '../opennebula/ask.ts';
import { type Image, parseImages } from '../opennebula/pools.ts';
import type { Evidence } from '../outcome/outcome.ts';
import { type BackupFiles, type DiskFile, sizesOf } from './files.ts';
import { namesOf, type RunJournal } from './journal.ts';

/** A backup that was restored, as far as it came. */
export interface Restoration {
  /** unseen: we could not look, see `found`. refused: OpenNebula would not begin. late: it did not end in time. error: it failed. ready. */
  readonly stage: 'unseen' | 'refused' | 'late' | 'error' | 'ready';
  readonly found: string;
  readonly comparisons: readonly Comparison[];
  readonly evidence: readonly Evidence[];
}

/** One disk as it was restored, beside the one on the backup server. */
export interface Comparison {
  readonly disk: string;
  /** unseen: it could not be compared, see `found`. */
  readonly content: 'equal' | 'different' | 'unseen';
  readonly found: string;
  readonly evidence: readonly Evidence[];
}

interface Request {
  readonly backup: Image;
  readonly files: BackupFiles;
  readonly journal: RunJournal;
  readonly signal: AbortSignal;
}

/** Restores a backup into the declared image datastore, and compares each disk with the file on the backup server. */
export async function restore(cloud: Cloud, { backup, files, journal, signal }: Request): Promise<Restoration> {
  const { onFrontend, site } = cloud;
  const { command, restore: deadline } = site.deadlines;
  const none = { found: '', comparisons: [] };
  if (signal.aborted) return { ...none, stage: 'unseen', found: stopped(signal).message, evidence: [] };
  const room = await roomToCompare(cloud, files);
  if (room.fault !== undefined) return { ...none, stage: 'unseen', found: room.fault, evidence: [room.evidence] };

  const { restored: name, temporary } = namesOf(journal.run);
  const asked = await journal.record([{ change: 'restore', name, image: backup.id }], {
    argv: ['oneimage', 'restore', backup.id, '-d', site.restore.datastore, '--name', name],
    deadline,
  });
  const { failure: _told, ...request } = asked;
  const missed = unheard(asked);
  if (missed !== undefined) return { ...none, stage: 'unseen', found: missed, evidence: [room.evidence, request] };
  // OpenNebula's errors come on stdout; only the ids say that it began.
  if (!/^Images: \d/m.test(request.stdout))
    return {
      ...none,
      stage: 'refused',
      found: `${request.stdout}${request.stderr}`.trim() || 'no word',
      evidence: [room.evidence, request],
    };

  const wanted = backup.disks.map((disk) => `${name}-disk-${disk}`);
  const lookAtImages = () =>
    look(onFrontend, ['oneimage', 'list', '-x'], (xml) => parseImages(xml).filter((image) => wanted.includes(image.name)), command);
  const isOver = (images: Image[]) =>
    images.some(({ state }) => state === 'error') || (images.length === wanted.length && images.every(({ state }) => state === 'ready'));
  const images = await waitUntil(lookAtImages, isOver, { deadline, signal });
  const evidence = [room.evidence, request, images.evidence];
  if ('fault' in images) return { ...none, stage: 'unseen', found: images.fault, evidence };
  const broken = images.value.find(({ state }) => state === 'error');
  if (broken) return { ...none, stage: 'error', found: `image ${broken.id} in state ERROR: ${broken.error}`, evidence };
  if (signal.aborted) return { ...none, stage: 'unseen', found: stopped(signal).message, evidence };
  if (!images.inTime)
    return {
      ...none,
      stage: 'late',
      found: `after ${deadline} s: ${images.value.map(({ id, state }) => `image ${id} ${state}`).join(', ') || 'no image'}`,
      evidence,
    };

  const folder = posix.join(site.restore.tmp_dir, temporary);
  const made = await journal.record([{ change: 'temporary', path: folder }], {
    argv: ['mkdir', '-m', '700', '--', folder],
    deadline: command,
  });
  if (made.failure || made.exitCode !== 0)
    return { ...none, stage: 'unseen', found: `${folder} could not be made: ${made.failure?.message ?? made.stderr.trim()}`, evidence };
  const comparisons: Comparison[] = [];
  for (const disk of backup.disks) {
    const image = images.value.find((candidate) => candidate.name === `${name}-disk-${disk}`);
    const links = files.disks.filter((file) => file.disk === disk);
    if (image) comparisons.push({ disk, ...(await compare(cloud, { links, image, folder })) });
  }
  return { stage: 'ready', found: '', comparisons, evidence };
}

/** Whether the files fit where they are compared; in MiB. */
async function roomToCompare({ onFrontend, site }: Cloud, files: BackupFiles): Promise<{ evidence: Evidence; fault?: string }> {
  const { command: deadline } = site.deadlines;
  const { tmp_dir: folder } = site.restore;
  const { answers, asked } = await survey(onFrontend, [spaceProbe('space', [folder], deadline)], { deadline });
  const answer = answers.get('space');
  const [space] = readSpace(answer) ?? [];
  if (!answer || !space) return { evidence: asked, fault: `no answer to how much room there is in ${folder} on ${asked.machine}` };
  const MiB = 1024 * 1024;
  const needed = Math.ceil([...sizesOf(files).values()].reduce((sum, size) => sum + size, 0) / MiB) + 1;
  const free = Math.floor(space.availableBytes / MiB);
  if (free >= needed) return { evidence: answer };
  const fault = `${folder} on ${answer.machine} has ${free} MiB free, and ${needed} MiB are needed to compare the disks there. Make room, or name another directory: restore.tmp_dir`;
  return { evidence: answer, fault };
}

/** Brings the links of a disk to the front-end, chains them there, and compares the whole with the restored image. */
async function compare(
  { onFrontend, onBackupServer, site }: Cloud,
  { links, image, folder }: { links: readonly DiskFile[]; image: Image; folder: string },
): Promise<Omit<Comparison, 'disk'>> {
  const { restore: deadline, command } = site.deadlines;
  const unseen = (found: string, evidence: readonly Evidence[]) => ({ content: 'unseen' as const, found, evidence });
  const { failure: _unheard, ...reached } = await onFrontend.run({ argv: ['test', '-r', image.source], deadline: command });
  if (reached.exitCode !== 0)
    return unseen(`the restored image ${image.id} lies at ${image.source || 'no path'}, which cannot be read on ${reached.machine}`, [
      reached,
    ]);
  const copies: string[] = [];
  const evidence: Evidence[] = [];
  for (const { path } of links) {
    const copy = posix.join(folder, posix.basename(path));
    const { failure, ...answer } = await onBackupServer.run({ argv: ['cat', '--', path], into: copy, deadline });
    evidence.push(answer);
    if (failure || answer.exitCode !== 0)
      return unseen(`${path} could not be fetched from ${answer.machine}: ${failure?.message ?? spoken(answer.stderr)}`, evidence);
    copies.push(copy);
  }
  const format = image.format === 'raw' ? 'raw' : 'qcow2';
  const script = `image=$1 format=$2; shift 2
below=$1; shift
for link; do qemu-img rebase -u -f qcow2 -F qcow2 -b "$below" "$link" || exit 9; below=$link; done
exec qemu-img compare -f qcow2 -F "$format" "$below" "$image"`;
  const { failure, ...answer } = await onFrontend.run({
    argv: ['bash', '-c', script, 'bash', image.source, format, ...copies],
    deadline,
    typed: `qemu-img compare -f qcow2 -F ${format} ${copies.at(-1)} ${image.source}`,
  });
  evidence.push(answer);
  if (failure) return unseen(failure.message, evidence);
  // It says so in these words. Source: qemu-img.c, img_compare.
  if (answer.exitCode === 0 && answer.stdout.split('\n').includes('Images are identical.'))
    return { content: 'equal', found: '', evidence };
  const found = (answer.stdout || answer.stderr).trim();
  if (answer.exitCode === 1) return { content: 'different', found, evidence };
  return unseen(`${answer.command} ended with exit ${answer.exitCode}: ${found}`, evidence);
}
