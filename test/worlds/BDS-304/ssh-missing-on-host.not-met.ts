import { without } from '../ways.ts';
import { blocked, notMet, onlyKvm01, undetermined, type World } from '../world.ts';

// Whether the backup server would let the host in cannot be tried without it, nor what key it would show.
export default {
  ...without('ssh', ['kvm01']),
  flips: { ...notMet('304'), ...undetermined('102'), ...blocked('105') },
  machines: { ...onlyKvm01('102', 'undetermined'), ...onlyKvm01('304') },
  reasons: { 'BDS-102': [/kvm01/, /ssh/], 'BDS-304': [/kvm01.*ssh \(package openssh-client; transfer/] },
} satisfies World;
