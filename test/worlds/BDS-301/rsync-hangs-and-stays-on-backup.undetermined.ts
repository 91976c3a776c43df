import { stubborn } from '../ways.ts';
import { server, undetermined, type World } from '../world.ts';

export default {
  ...stubborn('rsync', ['backup01']),
  site: { deadlines: { command: 2 } },
  flips: undetermined('301'),
  reasons: { 'BDS-301': [server, /no answer to “rsync --version” within \d s/] },
} satisfies World;
