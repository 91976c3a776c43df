import { files, loginSays } from '../faults.ts';
import { behind101, notMet, type World } from '../world.ts';

export default {
  ...files(
    'authorized_keys on backup01 lets the key in from hypervisors only',
    { on: 'backup01', files: ['/var/lib/one/.ssh'], script: 'sed -i \'s/^/from="198.19.*" /\' /var/lib/one/.ssh/authorized_keys' },
    loginSays('frontend01', 'backup01', /Permission denied \(publickey/),
  ),

  flips: { ...notMet('101', '103'), ...behind101 },
  reasons: { 'BDS-101': [/frontend01.*backup01/, /Permission denied/], 'BDS-103': [/none of which is accepted/] },
} satisfies World;
