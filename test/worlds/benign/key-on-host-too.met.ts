import { files, prints } from '../faults.ts';
import type { World } from '../world.ts';

export default {
  ...files(
    'kvm01 has a key of its own that backup01 does not know, besides the one it is lent',
    { on: 'kvm01', files: ['/var/lib/one/.ssh'], script: "ssh-keygen -q -t ed25519 -N '' -f ~/.ssh/id_ed25519" },
    prints('kvm01', /id_ed25519/, 'ls', '.ssh'),
  ),

  flips: {},
  reasons: {},
} satisfies World;
