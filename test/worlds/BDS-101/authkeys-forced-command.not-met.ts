import { files, loginSays } from '../faults.ts';
import { behind101, notMet, type World } from '../world.ts';

export default {
  ...files(
    'the key in authorized_keys on backup01 may run one command only',
    { on: 'backup01', files: ['/var/lib/one/.ssh'], script: 'sed -i \'s/^/command="echo sorry" /\' /var/lib/one/.ssh/authorized_keys' },
    loginSays('frontend01', 'backup01', /sorry/),
  ),

  flips: { ...notMet('101'), ...behind101 },
  reasons: { 'BDS-101': [/frontend01.*backup01/, /runs no commands/] },
} satisfies World;
