import { answering } from '../ways.ts';
import { notMet, server, type World } from '../world.ts';

export default {
  ...answering('rsync', ['backup01'], {
    what: 'prints something else',
    script: 'echo "This system is for authorized use only."',
    looks: /authorized use/,
  }),
  flips: notMet('301'),
  reasons: { 'BDS-301': [server, /names no version/] },
} satisfies World;
