import { answering } from '../ways.ts';
import { notMet, server, type World } from '../world.ts';

export default {
  ...answering('rsync', ['backup01'], {
    what: 'needs a newer library',
    script: 'echo "rsync: /lib64/libc.so.6: version GLIBC_2.38 not found (required by rsync)" >&2; exit 1',
    looks: /^exit 1 .*GLIBC_2/,
  }),
  flips: notMet('301'),
  reasons: { 'BDS-301': [server, /does not run \(exit 1\)/, /GLIBC_2\.38/] },
} satisfies World;
