import { answering } from '../ways.ts';
import { notMet, server, type World } from '../world.ts';

export default {
  ...answering('rsync', ['backup01'], {
    what: 'lacks a library',
    script:
      'echo "rsync: error while loading shared libraries: libpopt.so.0: cannot open shared object file: No such file or directory" >&2; exit 127',
    looks: /^exit 127 .*libpopt\.so\.0/,
  }),
  flips: notMet('301'),
  reasons: { 'BDS-301': [server, /does not run \(exit 127\)/, /libpopt\.so\.0/] },
} satisfies World;
