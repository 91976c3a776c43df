import { answering } from '../ways.ts';
import { notMet, server, type World } from '../world.ts';

export default {
  ...answering('qemu-img', ['backup01'], { what: 'prints nothing', script: 'exit 0', looks: /^exit 0 $/ }),
  flips: notMet('302'),
  reasons: { 'BDS-302': [server, /names no version/, /Repair or upgrade/] },
} satisfies World;
