import { stubborn } from '../ways.ts';
import { server, undetermined, type World } from '../world.ts';

export default {
  ...stubborn('qemu-img', ['backup01']),
  site: { deadlines: { command: 2 } },
  flips: undetermined('302'),
  reasons: { 'BDS-302': [server, /no answer to “qemu-img --version” within \d s/] },
} satisfies World;
