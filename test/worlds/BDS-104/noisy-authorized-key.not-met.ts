import { files, loginSays } from '../faults.ts';
import { notMet, server, type World } from '../world.ts';

export default {
  ...files(
    'authorized_keys on backup01 greets whoever comes with the key',
    {
      on: 'backup01',
      files: ['/var/lib/one/.ssh'],
      script: 'sed -i \'s/^/command="echo Welcome; eval \\\\"$SSH_ORIGINAL_COMMAND\\\\"" /\' ~/.ssh/authorized_keys',
    },
    loginSays('frontend01', 'backup01', /Welcome/),
  ),

  flips: notMet('104'),
  reasons: { 'BDS-104': [server, /Welcome/] },
} satisfies World;
