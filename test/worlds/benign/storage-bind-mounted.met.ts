import { asBefore, aside, mounts } from '../ways.ts';
import type { World } from '../world.ts';

export default {
  ...mounts(`storage is a directory of another volume, bound to its place`, ['backup01'], {
    make: `${aside}mount -n --bind /mnt $storage`,
    undo: `umount -n $storage${asBefore}`,
    looks: 'mountpoint --quiet /mnt; mountpoint --quiet $storage',
  }),
  flips: {},
  reasons: {},
} satisfies World;
