import { files, prints } from '../faults.ts';
import type { World } from '../world.ts';

export default {
  ...files(
    '.bashrc of oneadmin on backup01 greets terminals only',
    { on: 'backup01', files: ['/var/lib/one/.bashrc'], script: "echo 'echo Welcome' >> ~/.bashrc" },
    prints('backup01', /Welcome/, 'cat', '.bashrc'),
  ),

  flips: {},
  reasons: {},
} satisfies World;
