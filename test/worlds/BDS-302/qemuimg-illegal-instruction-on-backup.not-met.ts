import { answering } from '../ways.ts';
import { notMet, server, type World } from '../world.ts';

export default {
  ...answering('qemu-img', ['backup01'], { what: 'is made for another processor', script: 'kill -ILL $$', looks: /^exit 132/ }),
  flips: notMet('302'),
  reasons: { 'BDS-302': [server, /does not run \(exit 132\)/] },
} satisfies World;
