import { scripts } from '../ways.ts';
import { notMet, server, type World } from '../world.ts';

export default {
  ...scripts('everybody may write to the storage directory', ['backup01'], {
    make: 'chmod 777 $storage',
    undo: 'chmod 775 $storage',
    looks: 'test "$(stat -c %a $storage)" = 777',
  }),
  flips: notMet('201'),
  reasons: { 'BDS-201': [server, /datastores has mode 0777, writable for others/, /chmod o-w/] },
} satisfies World;
