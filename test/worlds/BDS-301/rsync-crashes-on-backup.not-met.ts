import { answering } from '../ways.ts';
import { notMet, server, type World } from '../world.ts';

export default {
  ...answering('rsync', ['backup01'], { what: 'crashes', script: 'kill -SEGV $$', looks: /^exit 139/ }),
  flips: notMet('301'),
  reasons: { 'BDS-301': [server, /does not run \(exit 139\)/] },
} satisfies World;
