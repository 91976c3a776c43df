import { asBefore, aside, mounts } from '../ways.ts';
import { notMet, server, type World } from '../world.ts';

export default {
  ...mounts('a directory of the root file system is mounted where storage should be', ['backup01'], {
    make: `${aside}mkdir -p /backups/100; mount -n --bind /backups $storage`,
    undo: `umount -n $storage; rm -r /backups${asBefore}`,
    looks: 'mountpoint --quiet $storage; test "$(stat -c %d $storage)" = "$(stat -c %d /)"',
  }),
  flips: notMet('203'),
  reasons: { 'BDS-203': [server, /root file system/] },
} satisfies World;
