import { scripts } from '../ways.ts';
import { notMet, server, type World } from '../world.ts';

export default {
  ...scripts('the storage directory cannot be read by its owner', ['backup01'], {
    make: 'chmod 375 $storage',
    undo: 'chmod 775 $storage',
    looks: 'test "$(stat -c %a $storage)" = 375',
  }),
  flips: notMet('201'),
  reasons: { 'BDS-201': [server, /mode 0375, not all rights for its owner/] },
} satisfies World;
