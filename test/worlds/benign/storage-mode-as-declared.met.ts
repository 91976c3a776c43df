import { scripts } from '../ways.ts';
import type { World } from '../world.ts';

export default {
  ...scripts(`the storage directory has the mode 0750, which is declared`, ['backup01'], {
    make: 'chmod 750 $storage',
    undo: 'chmod 775 $storage',
    looks: 'test "$(stat -c %a $storage)" = 750',
  }),
  site: { datastore: { mode: '0750' } },
  flips: {},
  reasons: {},
} satisfies World;
