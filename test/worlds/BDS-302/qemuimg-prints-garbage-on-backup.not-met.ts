import { answering } from '../ways.ts';
import { notMet, server, type World } from '../world.ts';

export default {
  ...answering('qemu-img', ['backup01'], {
    what: 'prints something else',
    script: 'echo "This system is for authorized use only."',
    looks: /authorized use/,
  }),
  flips: notMet('302'),
  reasons: { 'BDS-302': [server, /names no version/] },
} satisfies World;
