import { scripts } from '../ways.ts';
import { notMet, server, type World } from '../world.ts';

export default {
  ...scripts('the storage directory cannot be entered by its owner', ['backup01'], {
    make: 'chmod 675 $storage',
    undo: 'chmod 775 $storage',
    looks: 'test "$(stat -c %a $storage)" = 675',
  }),
  flips: notMet('201'),
  reasons: { 'BDS-201': [server, /mode 0675, not all rights for its owner/, /chmod u\+rwx/] },
} satisfies World;
