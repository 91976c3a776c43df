import { files, prints } from '../faults.ts';
import type { World } from '../world.ts';

export default {
  ...files(
    'a login to backup01 takes a second',
    { on: 'backup01', files: ['/var/lib/one/.bashrc'], script: "sed -i '1i sleep 1' ~/.bashrc" },
    prints('backup01', /^sleep/, 'cat', '.bashrc'),
  ),

  flips: {},
  reasons: {},
} satisfies World;
