import { files, loginSays } from '../faults.ts';
import { notMet, server, type World } from '../world.ts';

export default {
  ...files(
    '~/.ssh/rc of oneadmin on backup01 prints a word',
    { on: 'backup01', files: ['/var/lib/one/.ssh'], script: "echo 'echo Last login: today' > ~/.ssh/rc" },
    loginSays('frontend01', 'backup01', /Last login/),
  ),

  flips: notMet('104'),
  reasons: { 'BDS-104': [server, /Last login/] },
} satisfies World;
