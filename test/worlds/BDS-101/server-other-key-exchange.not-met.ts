import { loginSays, sshd } from '../faults.ts';
import { behind101, blocked, notMet, server, type World } from '../world.ts';

export default {
  ...sshd(
    'the SSH server of backup01 speaks a key exchange only that no client speaks',
    'backup01',
    'KexAlgorithms diffie-hellman-group1-sha1',
    loginSays('frontend01', 'backup01', /no matching key exchange/),
  ),

  flips: { ...notMet('101', '102'), ...behind101, ...blocked('105') },
  reasons: { 'BDS-101': [server, /no matching key exchange method/], 'BDS-102': [/no matching key exchange method/] },
} satisfies World;
