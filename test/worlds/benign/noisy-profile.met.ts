import { files, prints } from '../faults.ts';
import type { World } from '../world.ts';

export default {
  ...files(
    '.profile of oneadmin on backup01 greets whoever logs in at a terminal',
    { on: 'backup01', files: ['/var/lib/one/.profile'], script: "echo 'echo Welcome' >> ~/.profile" },
    prints('backup01', /Welcome/, 'cat', '.profile'),
  ),

  flips: {},
  reasons: {},
} satisfies World;
