import { files, loginSays } from '../faults.ts';
import { notMet, server, type World } from '../world.ts';

export default {
  ...files(
    '.bashrc of oneadmin on backup01 says goodbye when a command has ended',
    { on: 'backup01', files: ['/var/lib/one/.bashrc'], script: 'sed -i \'1i trap "echo Goodbye" EXIT\' ~/.bashrc' },
    loginSays('frontend01', 'backup01', /Goodbye/),
  ),

  flips: notMet('104'),
  reasons: { 'BDS-104': [server, /Goodbye/] },
} satisfies World;
