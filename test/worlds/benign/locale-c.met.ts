import { scripts } from '../ways.ts';
import type { World } from '../world.ts';

export default {
  ...scripts(`all machines have the locale C, without UTF-8`, ['frontend01', 'kvm01', 'kvm02', 'backup01'], {
    make: `sed -i '1i export LANG=C LC_ALL=C' ~/.bashrc`,
    undo: 'sed -i 1d ~/.bashrc',
    looks: `test "$(head -n 1 ~/.bashrc)" = 'export LANG=C LC_ALL=C'`,
  }),
  flips: {},
  reasons: {},
} satisfies World;
