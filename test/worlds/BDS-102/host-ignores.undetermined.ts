import { impatient } from '../faults.ts';
import { hostile } from '../hostile.ts';
import { blocked, onlyKvm01, undetermined, type World } from '../world.ts';

export default {
  ...hostile.ignores.fault('kvm01'),
  site: impatient,
  flips: { ...undetermined('102'), ...blocked('105', '205', '303', '304') },
  machines: onlyKvm01('102', 'undetermined'),
  reasons: { 'BDS-102': [/kvm01/, hostile.ignores.reason] },
} satisfies World;
