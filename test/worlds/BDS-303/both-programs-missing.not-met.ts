import { broken, together, without } from '../ways.ts';
import { kvm01, kvm02, notMet, type World } from '../world.ts';

export default {
  ...together('kvm01 lacks rsync, and kvm02 qemu-img', broken('rsync-missing-on-host'), without('qemu-img', ['kvm02'])),
  flips: notMet('303'),
  machines: { 'BDS-303': { [kvm01]: 'not-met', [kvm02]: 'not-met' } },
  reasons: { 'BDS-303': [/kvm01.*rsync/s, /kvm02.*qemu-img/s] },
} satisfies World;
