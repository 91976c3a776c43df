import { answering } from '../ways.ts';
import { kvm01, kvm02, notMet, type World } from '../world.ts';

export default {
  ...answering('qemu-img', ['kvm01', 'kvm02'], {
    what: 'does not fit its library',
    script: 'echo "qemu-img: symbol lookup error: qemu-img: undefined symbol: deflateSetHeader" >&2; exit 127',
    looks: /^exit 127 .*symbol lookup error/,
  }),
  flips: notMet('303'),
  machines: { 'BDS-303': { [kvm01]: 'not-met', [kvm02]: 'not-met' } },
  reasons: { 'BDS-303': [/kvm01.*kvm02/s, /does not run \(exit 127\)/, /symbol lookup error/] },
} satisfies World;
