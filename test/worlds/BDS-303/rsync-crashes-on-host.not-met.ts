import { answering } from '../ways.ts';
import { notMet, onlyKvm01, type World } from '../world.ts';

export default {
  ...answering('rsync', ['kvm01'], { what: 'crashes', script: 'kill -SEGV $$', looks: /^exit 139/ }),
  flips: notMet('303'),
  machines: onlyKvm01('303'),
  reasons: { 'BDS-303': [/kvm01/, /does not run \(exit 139\)/] },
} satisfies World;
