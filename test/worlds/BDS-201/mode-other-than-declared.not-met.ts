import { scripts } from '../ways.ts';
import { notMet, server, type World } from '../world.ts';

export default {
  ...scripts('the storage directory has mode 0770', ['backup01'], {
    make: 'chmod 770 $storage',
    undo: 'chmod 775 $storage',
    looks: 'test "$(stat -c %a $storage)" = 770',
  }),
  site: { datastore: { mode: '0750' } },
  flips: notMet('201'),
  reasons: { 'BDS-201': [server, /mode 0770, not 0750/, /chmod 0750/] },
} satisfies World;
