import { files, prints } from '../faults.ts';
import type { World } from '../world.ts';

export default {
  ...files(
    'the front-end has the key in its agent only',
    { on: 'frontend01', files: ['/var/lib/one/.ssh'], script: 'rm ~/.ssh/id_ed25519 ~/.ssh/id_ed25519.pub' },
    prints('frontend01', /No such file/, 'ls', '.ssh/id_ed25519'),
  ),

  flips: {},
  reasons: {},
} satisfies World;
