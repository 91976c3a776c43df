import { scripts } from '../ways.ts';
import type { World } from '../world.ts';

export default {
  ...scripts(`all machines speak German`, ['frontend01', 'kvm01', 'kvm02', 'backup01'], {
    make: `sed -i '1i export LANG=de_DE.UTF-8 LC_ALL=de_DE.UTF-8 LANGUAGE=de:en' ~/.bashrc`,
    undo: 'sed -i 1d ~/.bashrc',
    looks: `test "$(head -n 1 ~/.bashrc)" = 'export LANG=de_DE.UTF-8 LC_ALL=de_DE.UTF-8 LANGUAGE=de:en'`,
  }),
  flips: {},
  reasons: {},
} satisfies World;
