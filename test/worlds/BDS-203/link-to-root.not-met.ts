import { asBefore, aside, mounts } from '../ways.ts';
import { notMet, server, type World } from '../world.ts';

export default {
  ...mounts('the storage directory is a symbolic link to one on the root file system', ['backup01'], {
    make: `${aside}rmdir $storage; mkdir -p /backups/100; ln -s /backups $storage`,
    undo: `rm -r $storage /backups${asBefore}`,
    looks: 'test -L $storage; test "$(stat -L -c %d $storage)" = "$(stat -c %d /)"',
  }),
  flips: notMet('203'),
  reasons: { 'BDS-203': [server, /root file system/] },
} satisfies World;
