import { files, loginSays } from '../faults.ts';
import type { World } from '../world.ts';

export default {
  ...files(
    '.bashrc of oneadmin on backup01 complains on stderr',
    { on: 'backup01', files: ['/var/lib/one/.bashrc'], script: "sed -i '1i echo Quota exceeded soon >\\&2' ~/.bashrc" },
    loginSays('frontend01', 'backup01', /Quota/),
  ),

  flips: {},
  reasons: {},
} satisfies World;
