import { scripts } from '../ways.ts';
import type { World } from '../world.ts';

export default {
  ...scripts(`all machines have the time of Kathmandu`, ['frontend01', 'kvm01', 'kvm02', 'backup01'], {
    make: `sed -i '1i export TZ=Asia/Kathmandu' ~/.bashrc`,
    undo: 'sed -i 1d ~/.bashrc',
    looks: `test "$(head -n 1 ~/.bashrc)" = 'export TZ=Asia/Kathmandu'`,
  }),
  flips: {},
  reasons: {},
} satisfies World;
