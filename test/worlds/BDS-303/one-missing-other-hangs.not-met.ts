import { answering, broken, together } from '../ways.ts';
import { notMet, onlyKvm01, type World } from '../world.ts';

export default {
  ...together(
    'kvm01 lacks rsync, and its qemu-img hangs',
    broken('rsync-missing-on-host'),
    answering('qemu-img', ['kvm01'], { what: 'hangs', script: 'exec sleep 60', looks: /^exit 124/ }),
  ),
  site: { deadlines: { command: 3 } },
  flips: notMet('303'),
  machines: onlyKvm01('303'),
  reasons: { 'BDS-303': [/kvm01.*rsync/, /command not found/] },
} satisfies World;
