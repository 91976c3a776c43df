import { without } from '../ways.ts';
import { kvm01, kvm02, notMet, type World } from '../world.ts';

export default {
  ...without('rsync', ['kvm01', 'kvm02']),
  flips: notMet('303'),
  machines: { 'BDS-303': { [kvm01]: 'not-met', [kvm02]: 'not-met' } },
  reasons: { 'BDS-303': [/kvm01.*kvm02/s, /command not found/] },
} satisfies World;
