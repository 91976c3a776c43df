import { quote } from '../machines/quote.ts';
import type { Image } from '../opennebula/images.ts';
import type { Directories, Remains } from './remains.ts';
import type { Scene } from './scene.ts';

/** What there is of a run, and how OpenNebula was then. */
export interface View extends Remains {
  readonly scene: Scene;
}

/** What is still there of a run, in words, each with what to do. `directories` by their whole path. */
export function leftIn(
  { inBackup, doubtful, templates, images, scene }: View,
  directories: Directories,
  { vm, server }: { readonly vm: string; readonly server: string },
): readonly string[] {
  const isBusy = scene.vm.inBackup;
  const busy = `VM ${vm} is in BACKUP, and may need it. When that has ended, run cleanup again`;
  const stray = (path: string) => `${path} on ${server} belongs to no image`;
  return [
    ...(inBackup
      ? [
          `VM ${vm} is still in BACKUP, since the backup server does not answer. When it does, run cleanup again; or give the backup up: onevm backup-cancel ${vm}`,
        ]
      : []),
    ...doubtful.map(
      ({ id, name }) =>
        `backup image ${id} “${name}”: made in the time of the run, but not by it alone, as far as can be told. It is left to whoever else backs VM ${vm} up; when it is gone, run cleanup again`,
    ),
    ...templates.map(({ id }) => `template ${id}: remove it with onetemplate delete ${id}`),
    ...images.map((image) => {
      const named = `image ${image.id}${image.error && ` (${image.error})`}`;
      if (image.increments.length === 0) return `${named}: remove it with oneimage delete ${image.id}`;
      return isBusy
        ? `backup ${named}: ${busy}`
        : `backup ${named}: run cleanup again, which removes it unless somebody adds to it meanwhile`;
    }),
    ...directories.debris.map((path) =>
      isBusy ? `${stray(path)}: ${busy}` : `${stray(path)}. Look at it, then remove it: ${quote(['rm', '-r', path])}`,
    ),
    // In BACKUP it is that backup's.
    ...(isBusy
      ? []
      : [...directories.doubtful, ...directories.empty].map(
          (path) => `${stray(path)}. Look at it, and at whose it is: ${quote(['ls', '-lA', path])}`,
        )),
  ];
}

/** A directory that a canary's backup may have made, or another OpenNebula. */
export const unnamed = (path: string, { vm, server }: { readonly vm: string; readonly server: string }): string =>
  `${path} on ${server} is new, and neither a backup image nor the log of canary ${vm} names it. Look at it, and at whose it is: ${quote(['ls', '-lA', path])}`;

/** What stays for good, and why. */
export function keptIn({ kept, scene }: View, vm: string): readonly string[] {
  const isOnly = ({ id }: Image) => scene.vm.incrementMode === 'SNAPSHOT' && scene.vm.chain === id;
  return kept.map(
    (image) =>
      `backup image ${image.id} “${image.name}”, which ${isOnly(image) ? `holds a backup of ours and is the only chain that VM ${vm} can have in SNAPSHOT mode` : 'may hold a backup of ours, and is not ours'}`,
  );
}

/** What a backup in SNAPSHOT mode may come to. */
export const stuck = (vm: string): string =>
  `VM ${vm} cannot be backed up any more: in SNAPSHOT mode a second full backup cannot be made, and every later one fails. Set INCREMENT_MODE="CBT" in its BACKUP_CONFIG: onevm updateconf ${vm}`;
