import { prints, sshd } from '../faults.ts';
import type { World } from '../world.ts';

export default {
  ...sshd(
    'the SSH server of backup01 speaks no key exchange but sntrup761, which is not the one that the suite prefers',
    'backup01',
    'KexAlgorithms sntrup761x25519-sha512@openssh.com',
    prints('frontend01', /no matching key exchange/, 'ssh', '-o', 'KexAlgorithms=curve25519-sha256', 'backup01.example.net', 'true'),
  ),

  flips: {},
  reasons: {},
} satisfies World;
