import { files, loginSays } from '../faults.ts';
import { behind101, notMet, server, type World } from '../world.ts';

export default {
  ...files(
    'the key in authorized_keys of oneadmin on backup01 is cut in two',
    { on: 'backup01', files: ['/var/lib/one/.ssh'], script: "sed -i -E 's/(ssh-ed25519 .{30})/\\1\\n/' /var/lib/one/.ssh/authorized_keys" },
    loginSays('frontend01', 'backup01', /Permission denied \(publickey/),
  ),

  flips: { ...notMet('101', '102', '103'), ...behind101 },
  reasons: {
    'BDS-101': [server, /Permission denied \(publickey/, /authorized_keys on backup01/],
    'BDS-102': [/kvm01.*kvm02/s, /Permission denied/],
    'BDS-103': [/none of which is accepted/],
  },
} satisfies World;
