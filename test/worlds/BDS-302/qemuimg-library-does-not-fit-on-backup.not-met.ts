import { answering } from '../ways.ts';
import { notMet, server, type World } from '../world.ts';

export default {
  ...answering('qemu-img', ['backup01'], {
    what: 'does not fit its library',
    script: 'echo "qemu-img: symbol lookup error: qemu-img: undefined symbol: deflateSetHeader" >&2; exit 127',
    looks: /^exit 127 .*symbol lookup error/,
  }),
  flips: notMet('302'),
  reasons: { 'BDS-302': [server, /does not run \(exit 127\)/, /symbol lookup error/] },
} satisfies World;
