import { impatient } from '../faults.ts';
import { hostile } from '../hostile.ts';
import { blocked, onlyKvm01, undetermined, type World } from '../world.ts';

export default {
  ...hostile.dies.fault('kvm01'),
  site: impatient,
  flips: { ...undetermined('102', '205'), ...blocked('105') },
  machines: onlyKvm01('102', 'undetermined'),
  reasons: { 'BDS-102': [/kvm01/, hostile.dies.reason], 'BDS-205': [/kvm01/] },
} satisfies World;
