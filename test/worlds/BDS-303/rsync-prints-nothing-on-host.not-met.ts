import { answering } from '../ways.ts';
import { notMet, onlyKvm01, type World } from '../world.ts';

export default {
  ...answering('rsync', ['kvm01'], { what: 'prints nothing', script: 'exit 0', looks: /^exit 0 $/ }),
  flips: notMet('303'),
  machines: onlyKvm01('303'),
  reasons: { 'BDS-303': [/kvm01/, /names no version/, /Repair or upgrade/] },
} satisfies World;
