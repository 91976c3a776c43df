import { files, loginSays } from '../faults.ts';
import { behind101, notMet, server, type World } from '../world.ts';

export default {
  ...files(
    'authorized_keys of oneadmin on backup01 holds only a key of somebody else',
    {
      on: 'backup01',
      files: ['/var/lib/one/.ssh'],
      script: "ssh-keygen -q -t ed25519 -N '' -f /tmp/other; cat /tmp/other.pub > /var/lib/one/.ssh/authorized_keys; rm /tmp/other*",
    },
    loginSays('frontend01', 'backup01', /Permission denied \(publickey/),
  ),

  flips: { ...notMet('101', '102', '103'), ...behind101 },
  reasons: {
    'BDS-101': [server, /Permission denied \(publickey/, /authorized_keys on backup01/],
    'BDS-102': [/kvm01.*kvm02/s, /Permission denied/],
    'BDS-103': [/none of which is accepted/],
  },
} satisfies World;
