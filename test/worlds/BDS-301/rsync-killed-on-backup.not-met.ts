import { answering } from '../ways.ts';
import { notMet, server, type World } from '../world.ts';

export default {
  ...answering('rsync', ['backup01'], { what: 'is killed, as for want of memory', script: 'kill -KILL $$', looks: /^exit 137/ }),
  flips: notMet('301'),
  reasons: { 'BDS-301': [server, /does not run \(exit 137\)/] },
} satisfies World;
