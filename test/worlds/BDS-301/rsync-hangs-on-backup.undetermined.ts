import { answering } from '../ways.ts';
import { server, undetermined, type World } from '../world.ts';

export default {
  ...answering('rsync', ['backup01'], { what: 'hangs', script: 'exec sleep 60', looks: /^exit 124/ }),
  site: { deadlines: { command: 3 } },
  flips: undetermined('301'),
  reasons: { 'BDS-301': [server, /no answer to “rsync --version” within 3 s/, /ssh backup01/] },
} satisfies World;
