import { answering } from '../ways.ts';
import { notMet, server, type World } from '../world.ts';

export default {
  ...answering('rsync', ['backup01'], {
    what: 'does not fit its library',
    script: 'echo "rsync: symbol lookup error: rsync: undefined symbol: deflateSetHeader" >&2; exit 127',
    looks: /^exit 127 .*symbol lookup error/,
  }),
  flips: notMet('301'),
  reasons: { 'BDS-301': [server, /does not run \(exit 127\)/, /symbol lookup error/] },
} satisfies World;
