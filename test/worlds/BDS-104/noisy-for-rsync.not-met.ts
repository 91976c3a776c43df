import { files, loginSays } from '../faults.ts';
import { notMet, server, type World } from '../world.ts';

export default {
  ...files(
    '.bashrc of oneadmin on backup01 greets rsync only',
    {
      on: 'backup01',
      files: ['/var/lib/one/.bashrc'],
      script: "sed -i '1i case $BASH_EXECUTION_STRING in rsync*) echo Welcome ;; esac' ~/.bashrc",
    },
    loginSays('frontend01', 'backup01', /Welcome/, 'rsync --version'),
  ),

  flips: notMet('104'),
  reasons: { 'BDS-104': [server, /greeted with something else/] },
} satisfies World;
