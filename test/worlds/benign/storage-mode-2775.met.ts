import { scripts } from '../ways.ts';
import type { World } from '../world.ts';

export default {
  ...scripts(`the storage directory has mode 2775`, ['backup01'], {
    make: 'chmod 2775 $storage',
    undo: 'chmod 775 $storage; chmod -st $storage',
    looks: 'test "$(stat -c %a $storage)" = 2775',
  }),
  flips: {},
  reasons: {},
} satisfies World;
