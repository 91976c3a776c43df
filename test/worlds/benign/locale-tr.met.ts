import { scripts } from '../ways.ts';
import type { World } from '../world.ts';

export default {
  ...scripts(`all machines have a Turkish locale, in which i is not the small letter of I`, ['frontend01', 'kvm01', 'kvm02', 'backup01'], {
    make: `sed -i '1i export LANG=tr_TR.utf8 LC_ALL=tr_TR.utf8' ~/.bashrc`,
    undo: 'sed -i 1d ~/.bashrc',
    looks: `test "$(head -n 1 ~/.bashrc)" = 'export LANG=tr_TR.utf8 LC_ALL=tr_TR.utf8'`,
  }),
  flips: {},
  reasons: {},
} satisfies World;
