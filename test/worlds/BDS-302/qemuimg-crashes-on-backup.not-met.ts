import { answering } from '../ways.ts';
import { notMet, server, type World } from '../world.ts';

export default {
  ...answering('qemu-img', ['backup01'], { what: 'crashes', script: 'kill -SEGV $$', looks: /^exit 139/ }),
  flips: notMet('302'),
  reasons: { 'BDS-302': [server, /does not run \(exit 139\)/] },
} satisfies World;
