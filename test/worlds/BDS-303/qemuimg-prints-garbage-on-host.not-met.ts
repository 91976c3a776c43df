import { answering } from '../ways.ts';
import { kvm01, kvm02, notMet, type World } from '../world.ts';

export default {
  ...answering('qemu-img', ['kvm02'], {
    what: 'prints something else',
    script: 'echo "This system is for authorized use only."',
    looks: /authorized use/,
  }),
  flips: notMet('303'),
  machines: { 'BDS-303': { [kvm01]: 'met', [kvm02]: 'not-met' } },
  reasons: { 'BDS-303': [/kvm02/, /names no version/] },
} satisfies World;
