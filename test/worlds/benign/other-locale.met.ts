import { files, loginSays } from '../faults.ts';
import type { World } from '../world.ts';

export default {
  ...files(
    'oneadmin on all logins to backup01 has a German locale and lives in Tokyo',
    {
      on: 'backup01',
      files: ['/var/lib/one/.bashrc'],
      script: "sed -i '1i export TZ=Asia/Tokyo LANG=de_DE.UTF-8 LC_NUMERIC=de_DE.UTF-8 LANGUAGE=de' ~/.bashrc",
    },
    loginSays('frontend01', 'backup01', /JST/, 'date'),
  ),

  flips: {},
  reasons: {},
} satisfies World;
