import { mounts } from '../ways.ts';
import { notMet, server, type World } from '../world.ts';

// Its capacity is not what OpenNebula saw last, either.
export default {
  ...mounts("a small volume is mounted on the datastore's own directory, and full", ['backup01'], {
    make: 'mount -n -t tmpfs -o size=1m,mode=755 small $own; cat /dev/zero > $own/filler 2> /dev/null || true',
    undo: 'umount -n $own',
    looks: 'test "$(df --output=avail $own | tail -n 1)" -eq 0',
  }),
  flips: notMet('204', '405'),
  reasons: { 'BDS-204': [server, /datastores\/100 has 0\.0 % free/], 'BDS-405': [/TOTAL_MB 768 where the server has 1\b/] },
} satisfies World;
