import { answering } from '../ways.ts';
import { notMet, onlyKvm01, type World } from '../world.ts';

export default {
  ...answering('rsync', ['kvm01'], {
    what: 'lacks a library',
    script:
      'echo "rsync: error while loading shared libraries: libpopt.so.0: cannot open shared object file: No such file or directory" >&2; exit 127',
    looks: /^exit 127 .*libpopt\.so\.0/,
  }),
  flips: notMet('303'),
  machines: onlyKvm01('303'),
  reasons: { 'BDS-303': [/kvm01/, /does not run \(exit 127\)/, /libpopt\.so\.0/] },
} satisfies World;
