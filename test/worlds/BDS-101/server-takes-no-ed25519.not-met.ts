import { loginSays, sshd } from '../faults.ts';
import { behind101, notMet, server, type World } from '../world.ts';

export default {
  ...sshd(
    'the SSH server of backup01 takes no keys of our type',
    'backup01',
    'PubkeyAcceptedAlgorithms rsa-sha2-512',
    loginSays('frontend01', 'backup01', /Permission denied/),
  ),

  flips: { ...notMet('101', '102', '103'), ...behind101 },
  reasons: {
    'BDS-101': [server, /Permission denied/],
    'BDS-102': [/kvm01.*kvm02/s, /Permission denied/],
    'BDS-103': [/none of which is accepted/],
  },
} satisfies World;
