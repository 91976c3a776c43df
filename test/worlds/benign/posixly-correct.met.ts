import { scripts } from '../ways.ts';
import type { World } from '../world.ts';

export default {
  ...scripts(`all machines have POSIXLY_CORRECT, TIME_STYLE and BLOCK_SIZE set`, ['frontend01', 'kvm01', 'kvm02', 'backup01'], {
    make: `sed -i '1i export POSIXLY_CORRECT=1 TIME_STYLE=+%s BLOCK_SIZE=1M DF_BLOCK_SIZE=1K' ~/.bashrc`,
    undo: 'sed -i 1d ~/.bashrc',
    looks: `test "$(head -n 1 ~/.bashrc)" = 'export POSIXLY_CORRECT=1 TIME_STYLE=+%s BLOCK_SIZE=1M DF_BLOCK_SIZE=1K'`,
  }),
  flips: {},
  reasons: {},
} satisfies World;
