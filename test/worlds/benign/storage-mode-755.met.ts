import { scripts } from '../ways.ts';
import type { World } from '../world.ts';

export default {
  ...scripts(`the storage directory has mode 755`, ['backup01'], {
    make: 'chmod 755 $storage',
    undo: 'chmod 775 $storage; chmod -st $storage',
    looks: 'test "$(stat -c %a $storage)" = 755',
  }),
  flips: {},
  reasons: {},
} satisfies World;
