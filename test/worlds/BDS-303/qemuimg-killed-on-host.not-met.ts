import { answering } from '../ways.ts';
import { kvm01, kvm02, notMet, type World } from '../world.ts';

export default {
  ...answering('qemu-img', ['kvm02'], { what: 'is killed, as for want of memory', script: 'kill -KILL $$', looks: /^exit 137/ }),
  flips: notMet('303'),
  machines: { 'BDS-303': { [kvm01]: 'met', [kvm02]: 'not-met' } },
  reasons: { 'BDS-303': [/kvm02/, /does not run \(exit 137\)/] },
} satisfies World;
