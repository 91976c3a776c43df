import { quick } from '../drills.ts';
import { scripts } from '../ways.ts';
import type { World } from '../world.ts';

export default {
  ...scripts('oneadmin is greeted on kvm01, by commands, too', ['kvm01'], {
    make: "sed -i '1i echo Welcome; echo to you >&2' ~/.bashrc",
    undo: 'sed -i 1d ~/.bashrc',
    looks: 'grep -q Welcome ~/.bashrc',
  }),
  profile: 'gate',
  site: quick,
  flips: {},
  reasons: {},
} satisfies World;
