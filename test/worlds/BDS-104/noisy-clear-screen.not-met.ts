import { files, loginSays } from '../faults.ts';
import { notMet, server, type World } from '../world.ts';

export default {
  ...files(
    '.bashrc of oneadmin on backup01 clears the screen',
    { on: 'backup01', files: ['/var/lib/one/.bashrc'], script: 'sed -i \'1i printf "\\\\\\\\033[H\\\\\\\\033[2J"\' ~/.bashrc' },
    loginSays('frontend01', 'backup01', /\[2J/),
  ),

  flips: notMet('104'),
  reasons: { 'BDS-104': [server, /\[2J/] },
} satisfies World;
