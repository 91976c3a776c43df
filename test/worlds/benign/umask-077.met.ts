import { scripts } from '../ways.ts';
import type { World } from '../world.ts';

export default {
  ...scripts(`the profile of all machines keeps new files private`, ['frontend01', 'kvm01', 'kvm02', 'backup01'], {
    make: `sed -i '1i umask 077' ~/.bashrc`,
    undo: 'sed -i 1d ~/.bashrc',
    looks: `test "$(head -n 1 ~/.bashrc)" = 'umask 077'`,
  }),
  flips: {},
  reasons: {},
} satisfies World;
