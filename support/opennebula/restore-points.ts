/** What VMs can be restored from. */
import type { Image } from './images.ts';

/** A full backup, or one link of a chain. */
export interface RestorePoint {
  readonly image: Image;
  /** When the backup ended, seconds since the epoch: the data are older. NaN where OpenNebula does not tell. */
  readonly time: number;
}

/** Whether OpenNebula restores from it. */
export const isUsable = ({ state }: Image): boolean => state === 'ready' || state === 'used';

/** The links of a chain. */
const linksOf = (image: Image): readonly RestorePoint[] => image.increments.map(({ date: time }) => ({ image, time }));

/** Those of an image, or none. */
function pointsIn(image: Image): readonly RestorePoint[] {
  if (!isUsable(image)) return [];
  return image.increments.length === 0 ? [{ image, time: image.registered }] : linksOf(image);
}

/** Those of chains that OpenNebula works on at this moment, as when it flattens one: it restores from them when that has ended well. */
export const lockedPoints = (images: readonly Image[]): readonly RestorePoint[] =>
  images
    .filter(({ state }) => state === 'locked')
    .flatMap(linksOf)
    .toSorted(newestFirst);

const newestFirst = (a: RestorePoint, b: RestorePoint): number => (b.time || 0) - (a.time || 0);

/** Backup images by the id of the VM. An image may be of several. */
export function imagesByVm(images: readonly Image[]): ReadonlyMap<string, readonly Image[]> {
  const byVm = new Map<string, Image[]>();
  for (const image of images.filter(({ isBackup }) => isBackup))
    for (const vm of image.vms) {
      const own = byVm.get(vm);
      if (own) own.push(image);
      else byVm.set(vm, [image]);
    }
  return byVm;
}

/** When the newest backup of each VM ended, seconds since the epoch, by its id. */
export const lastBackups = (images: readonly Image[]): ReadonlyMap<string, number> =>
  new Map([...imagesByVm(images)].map(([vm, own]) => [vm, own.reduce((last, { newest }) => Math.max(last, newest), 0)]));

/** By the id of the VM, newest first. */
export const restorePoints = (images: readonly Image[]): ReadonlyMap<string, readonly RestorePoint[]> =>
  new Map([...imagesByVm(images)].map(([vm, own]) => [vm, own.flatMap(pointsIn).toSorted(newestFirst)]));
