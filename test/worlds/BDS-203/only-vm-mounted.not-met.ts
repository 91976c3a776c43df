import { asBefore, aside, mounts } from '../ways.ts';
import { notMet, server, type World } from '../world.ts';

export default {
  ...mounts('only the directory of one virtual machine is mounted', ['backup01'], {
    make: `${aside}mkdir -p $own/0; mount -n --bind /mnt $own/0`,
    undo: `umount -n $own/0; rm -r $own${asBefore}`,
    looks: 'mountpoint --quiet $own/0; ! mountpoint --quiet $storage',
  }),
  flips: notMet('203'),
  reasons: { 'BDS-203': [server, /root file system/] },
} satisfies World;
