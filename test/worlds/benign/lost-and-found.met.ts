import { mounts } from '../ways.ts';
import type { World } from '../world.ts';

export default {
  ...mounts(`storage and the datastore’s own directory have a lost+found that belongs to root`, ['backup01'], {
    make: 'for at in $storage $own; do mkdir $at/lost+found; mount -n --bind /srv $at/lost+found; done',
    undo: 'for at in $storage $own; do umount -n $at/lost+found; rmdir $at/lost+found; done',
    looks: 'test "$(stat -c %U $own/lost+found)" = root',
  }),
  flips: {},
  reasons: {},
} satisfies World;
