import { client, loginSays, sshd, together } from '../faults.ts';
import { behind101, blocked, notMet, server, type World } from '../world.ts';

export default {
  ...together(
    'the front-end is told to speak a key exchange that backup01 does not, which speaks the one that the suite prefers',
    [
      sshd('', 'backup01', 'KexAlgorithms curve25519-sha256', loginSays('kvm01', 'backup01', /no matching key exchange/)),
      client('', 'frontend01', 'KexAlgorithms ecdh-sha2-nistp256', loginSays('frontend01', 'backup01', /no matching key exchange/)),
    ],
    loginSays('frontend01', 'backup01', /no matching key exchange/),
  ),

  flips: { ...notMet('101'), ...behind101, ...blocked('105') },
  reasons: { 'BDS-101': [server, /no matching key exchange method/] },
} satisfies World;
