import { hostile, impatient } from '../hostile.ts';
import { blocked, onlyKvm01, undetermined, type World } from '../world.ts';

export default {
  ...hostile.longest.fault('kvm01'),
  site: impatient,
  flips: { ...undetermined('102', '205', '303', '304'), ...blocked('105') },
  machines: onlyKvm01('102', 'undetermined'),
  reasons: { 'BDS-102': [/kvm01/, hostile.longest.reason], 'BDS-205': [/kvm01/], 'BDS-303': [/kvm01/], 'BDS-304': [/kvm01/] },
} satisfies World;
