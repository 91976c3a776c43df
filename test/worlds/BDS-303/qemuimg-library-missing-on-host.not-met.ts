import { answering } from '../ways.ts';
import { kvm01, kvm02, notMet, type World } from '../world.ts';

export default {
  ...answering('qemu-img', ['kvm02'], {
    what: 'lacks a library',
    script:
      'echo "qemu-img: error while loading shared libraries: libgnutls.so.30: cannot open shared object file: No such file or directory" >&2; exit 127',
    looks: /^exit 127 .*libgnutls\.so\.30/,
  }),
  flips: notMet('303'),
  machines: { 'BDS-303': { [kvm01]: 'met', [kvm02]: 'not-met' } },
  reasons: { 'BDS-303': [/kvm02/, /does not run \(exit 127\)/, /libgnutls\.so\.30/] },
} satisfies World;
