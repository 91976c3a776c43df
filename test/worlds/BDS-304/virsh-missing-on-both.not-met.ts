import { without } from '../ways.ts';
import { kvm01, kvm02, notMet, type World } from '../world.ts';

export default {
  ...without('virsh', ['kvm01', 'kvm02']),
  flips: notMet('304'),
  machines: { 'BDS-304': { [kvm01]: 'not-met', [kvm02]: 'not-met', 'frontend01.example.net': 'met' } },
  reasons: { 'BDS-304': [/kvm01.*kvm02/s, /virsh/] },
} satisfies World;
