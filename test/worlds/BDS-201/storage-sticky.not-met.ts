import { scripts } from '../ways.ts';
import { notMet, server, type World } from '../world.ts';

export default {
  ...scripts('everybody may write to the storage directory, as to /tmp', ['backup01'], {
    make: 'chmod 1777 $storage',
    undo: 'chmod 775 $storage; chmod -t $storage',
    looks: 'test "$(stat -c %a $storage)" = 1777',
  }),
  flips: notMet('201'),
  reasons: { 'BDS-201': [server, /mode 01777, writable for others/] },
} satisfies World;
