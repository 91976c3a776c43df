import { files, prints } from '../faults.ts';
import type { World } from '../world.ts';

export default {
  ...files(
    'the front-end keeps the names in known_hosts hashed',
    {
      on: 'frontend01',
      files: ['/var/lib/one/.ssh'],
      script: 'ssh-keygen -q -H -f ~/.ssh/known_hosts 2> /dev/null; rm -f ~/.ssh/known_hosts.old',
    },
    prints('frontend01', /^\|1\|/, 'cat', '.ssh/known_hosts'),
  ),

  flips: {},
  reasons: {},
} satisfies World;
