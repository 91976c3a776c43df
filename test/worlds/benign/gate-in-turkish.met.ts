import { quick } from '../drills.ts';
import { scripts } from '../ways.ts';
import type { World } from '../world.ts';

export default {
  ...scripts('all machines have a Turkish locale and a time zone of their own', ['frontend01', 'kvm01', 'backup01'], {
    make: "sed -i '1i export LANG=tr_TR.utf8 LC_ALL=tr_TR.utf8 TZ=Asia/Kathmandu' ~/.bashrc",
    undo: 'sed -i 1d ~/.bashrc',
    looks: 'grep -q Kathmandu ~/.bashrc',
  }),
  profile: 'gate',
  site: quick,
  flips: {},
  reasons: {},
} satisfies World;
