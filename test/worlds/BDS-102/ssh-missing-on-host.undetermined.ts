import { lacking } from '../faults.ts';
import { blocked, notMet, onlyKvm01, undetermined, type World } from '../world.ts';

export default {
  ...lacking('ssh', 'kvm01'),

  flips: { ...undetermined('102'), ...blocked('105'), ...notMet('304') },
  machines: onlyKvm01('102', 'undetermined'),
  reasons: { 'BDS-102': [/kvm01.*→ backup01/, /ssh/], 'BDS-304': [/kvm01.*missing: ssh/] },
} satisfies World;
