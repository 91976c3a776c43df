import { answering } from '../ways.ts';
import { kvm01, kvm02, undetermined, type World } from '../world.ts';

export default {
  ...answering('qemu-img', ['kvm02'], { what: 'hangs', script: 'exec sleep 60', looks: /^exit 124/ }),
  site: { deadlines: { command: 3 } },
  flips: undetermined('303'),
  machines: { 'BDS-303': { [kvm01]: 'met', [kvm02]: 'undetermined' } },
  reasons: { 'BDS-303': [/kvm02/, /no answer to “qemu-img --version” within 3 s/, /ssh kvm02/] },
} satisfies World;
