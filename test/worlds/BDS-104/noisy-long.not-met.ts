import { files, loginSays } from '../faults.ts';
import { notMet, server, type World } from '../world.ts';

export default {
  ...files(
    '.bashrc of oneadmin on backup01 prints two hundred lines',
    { on: 'backup01', files: ['/var/lib/one/.bashrc'], script: "sed -i '1i seq 200' ~/.bashrc" },
    loginSays('frontend01', 'backup01', /^200$/m),
  ),

  flips: notMet('104'),
  reasons: { 'BDS-104': [server, /“1”/] },
} satisfies World;
