import { scripts } from '../ways.ts';
import type { World } from '../world.ts';

export default {
  ...scripts(`the storage directory has mode 770`, ['backup01'], {
    make: 'chmod 770 $storage',
    undo: 'chmod 775 $storage; chmod -st $storage',
    looks: 'test "$(stat -c %a $storage)" = 770',
  }),
  flips: {},
  reasons: {},
} satisfies World;
