import { scripts } from '../ways.ts';
import { notMet, server, type World } from '../world.ts';

export default {
  ...scripts('the storage directory has mode 2775', ['backup01'], {
    make: 'chmod 2775 $storage',
    undo: 'chmod g-s $storage',
    looks: 'test "$(stat -c %a $storage)" = 2775',
  }),
  site: { datastore: { mode: '0775' } },
  flips: notMet('201'),
  reasons: { 'BDS-201': [server, /mode 02775, not 0775/] },
} satisfies World;
