import { files, loginSays } from '../faults.ts';
import { behind101, notMet, server, type World } from '../world.ts';

export default {
  ...files(
    'oneadmin on backup01 has an authorized_keys that everybody may write',
    { on: 'backup01', files: ['/var/lib/one/.ssh'], script: 'chmod 666 /var/lib/one/.ssh/authorized_keys' },
    loginSays('frontend01', 'backup01', /Permission denied \(publickey/),
  ),

  flips: { ...notMet('101', '102', '103'), ...behind101 },
  reasons: {
    'BDS-101': [server, /Permission denied \(publickey/, /authorized_keys on backup01/],
    'BDS-102': [/kvm01.*kvm02/s, /Permission denied/],
    'BDS-103': [/none of which is accepted/],
  },
} satisfies World;
