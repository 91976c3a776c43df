import { loginSays, sshd } from '../faults.ts';
import { behind101, blocked, notMet, server, type World } from '../world.ts';

export default {
  ...sshd(
    'the SSH server of backup01 speaks ciphers only that no client speaks',
    'backup01',
    'Ciphers aes256-cbc',
    loginSays('frontend01', 'backup01', /no matching cipher/),
  ),

  flips: { ...notMet('101', '102'), ...behind101, ...blocked('105') },
  reasons: { 'BDS-101': [server, /no matching cipher/], 'BDS-102': [/no matching cipher/] },
} satisfies World;
