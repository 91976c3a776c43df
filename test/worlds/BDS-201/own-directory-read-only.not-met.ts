import { mounts } from '../ways.ts';
import { notMet, server, type World } from '../world.ts';

export default {
  ...mounts("the datastore's own directory is mounted read-only", ['backup01'], {
    make: 'mount -n --bind $own $own; mount -n -i -o remount,ro,bind $own',
    undo: 'umount -n $own',
    looks: '[[ $(touch $own/. 2>&1) = *Read-only* ]]',
  }),
  flips: notMet('201'),
  reasons: { 'BDS-201': [server, /datastores\/100 cannot be written/] },
} satisfies World;
