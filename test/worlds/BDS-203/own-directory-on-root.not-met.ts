import { mounts } from '../ways.ts';
import { notMet, server, type World } from '../world.ts';

// The backups go to the datastore's own directory: what is mounted above it does not hold them.
export default {
  ...mounts("the datastore's own directory lies on the root file system, though storage is mounted", ['backup01'], {
    make: 'mkdir /backups; mount -n --bind /backups $own',
    undo: 'umount -n $own; rmdir /backups',
    looks: 'test "$(stat -c %d $own)" = "$(stat -c %d /)"; mountpoint --quiet $storage',
  }),
  flips: notMet('203'),
  reasons: { 'BDS-203': [server, /root file system/, /datastores\/100/] },
} satisfies World;
