import { answering } from '../ways.ts';
import { notMet, server, type World } from '../world.ts';

export default {
  ...answering('qemu-img', ['backup01'], {
    what: 'lacks a library',
    script:
      'echo "qemu-img: error while loading shared libraries: libgnutls.so.30: cannot open shared object file: No such file or directory" >&2; exit 127',
    looks: /^exit 127 .*libgnutls\.so\.30/,
  }),
  flips: notMet('302'),
  reasons: { 'BDS-302': [server, /does not run \(exit 127\)/, /libgnutls\.so\.30/] },
} satisfies World;
