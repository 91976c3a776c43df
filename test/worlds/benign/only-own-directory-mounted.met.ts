import { asBefore, aside, mounts } from '../ways.ts';
import type { World } from '../world.ts';

export default {
  ...mounts(`only the datastore’s own directory is a mount, not what is above it`, ['backup01'], {
    make: `${aside}mkdir $own; mount -n --bind /mnt $own`,
    undo: `umount -n $own; rmdir $own${asBefore}`,
    looks: 'mountpoint --quiet $own; ! mountpoint --quiet $storage',
  }),
  flips: {},
  reasons: {},
} satisfies World;
