import { answering } from '../ways.ts';
import { server, undetermined, type World } from '../world.ts';

export default {
  ...answering('qemu-img', ['backup01'], { what: 'hangs', script: 'exec sleep 60', looks: /^exit 124/ }),
  site: { deadlines: { command: 3 } },
  flips: undetermined('302'),
  reasons: { 'BDS-302': [server, /no answer to “qemu-img --version” within 3 s/, /ssh backup01/] },
} satisfies World;
