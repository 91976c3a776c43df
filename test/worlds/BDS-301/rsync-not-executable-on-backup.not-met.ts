import { mounts } from '../ways.ts';
import { notMet, server, type World } from '../world.ts';

export default {
  ...mounts('rsync on backup01 is not executable', ['backup01'], {
    make: 'touch /run/plain; chmod 644 /run/plain; mount -n --bind /run/plain /usr/bin/rsync',
    undo: 'umount -n /usr/bin/rsync; rm /run/plain',
    looks: 'test -e /usr/bin/rsync; ! test -x /usr/bin/rsync',
  }),
  flips: notMet('301'),
  reasons: { 'BDS-301': [server, /does not run \(exit 126\)/, /Permission denied/] },
} satisfies World;
