import { posix } from 'node:path';
import type { Cloud } from '../facts/cloud.ts';
import { quote } from '../machines/quote.ts';
import { MiB } from '../machines/shell.ts';
import { type Probe, type Survey, survey } from '../machines/survey.ts';
import type { Image } from '../opennebula/pools.ts';
import type { Subject } from './scene.ts';

/** One disk's file on the backup server. */
export interface DiskFile {
  readonly disk: string;
  readonly path: string;
  /** Whole by itself; an increment names a backing file that is gone by design. */
  readonly whole: boolean;
}

/** What the backup server says of the files of one backup. */
export interface BackupFiles {
  readonly survey: Survey;
  readonly disks: readonly DiskFile[];
  readonly vmXml: string;
}

/** The name of the question after the disk file that stands at a place in the list. */
export const diskProbe = (index: number): string => `disk-${index}`;

/** The links of a backup, oldest first: one of a full backup, each with its number and directory. */
export function linksOf({ increments, source }: Image): readonly { readonly id: string; readonly source: string }[] {
  return increments.length > 0 ? increments : [{ id: '0', source }];
}

/** The files of a backup on the server, link by link. Source: OpenNebula 7.4.0, src/datastore_mad/remotes/rsync/backup. */
export function diskFiles(image: Image, { own, vm }: Subject): DiskFile[] {
  return linksOf(image).flatMap(({ id, source }, place) =>
    image.disks.map((disk) => ({ disk, path: posix.join(own, vm, source, `disk.${disk}.${id}`), whole: place === 0 })),
  );
}

/** Asks the backup server for the files of a backup: their sizes, whether they are sound, and whose they are. Reads only. */
export async function inspectFiles({ onBackupServer, site }: Cloud, subject: Subject, image: Image): Promise<BackupFiles> {
  const { backup: deadline, command } = site.deadlines;
  const disks = diskFiles(image, subject);
  const last = linksOf(image).at(-1)?.source ?? image.source;
  const vmXml = posix.join(subject.own, subject.vm, last, 'vm.xml');
  const paths = [...disks.map(({ path }) => path), vmXml];
  const list = 'for file; do [ ! -f "$file" ] || stat -c "%s %n" -- "$file" || exit; done';
  const probes: Probe[] = [
    { name: 'sizes', argv: ['bash', '-c', list, 'bash', ...paths], deadline: command, typed: `stat -c '%s %n' ${quote(paths)}` },
    ...disks.map(({ path, whole }, index) => ({
      name: diskProbe(index),
      argv: (whole ? ['qemu-img', 'check', '-f', 'qcow2', path] : ['qemu-img', 'info', path]) as Probe['argv'],
      deadline,
    })),
    // Decoded over there, so that secrets in it can be told from the rest, and do not come into the evidence.
    { name: 'vm.xml', argv: ['base64', '-d', '--', vmXml], deadline: command },
  ];
  const asked = await survey(onBackupServer, probes, { deadline: deadline + 2 * command, cap: 4 * MiB });
  return { survey: asked, disks, vmXml };
}

/** The sizes of the files that are there, in bytes, by path. */
export function sizesOf({ survey: { answers } }: BackupFiles): ReadonlyMap<string, number> {
  const lines = (answers.get('sizes')?.stdout ?? '').split('\n');
  return new Map(
    lines.flatMap((line) => {
      const [, size, path] = /^(\d+) (\/.*)$/.exec(line) ?? [];
      return path === undefined ? [] : [[path, Number(size)] as const];
    }),
  );
}
