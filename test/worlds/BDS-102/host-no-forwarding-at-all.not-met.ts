import { overHostSays, sshd } from '../faults.ts';
import { notMet, onlyKvm01, type World } from '../world.ts';

export default {
  ...sshd(
    'the SSH server of kvm01 refuses to forward anything',
    'kvm01',
    'DisableForwarding yes',
    overHostSays('kvm01', /Permission denied/),
  ),

  flips: notMet('102'),
  machines: onlyKvm01('102'),
  reasons: { 'BDS-102': [/kvm01.*→ backup01/, /Permission denied/, /agent forwarding on kvm01/] },
} satisfies World;
