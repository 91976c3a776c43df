import { without } from '../ways.ts';
import { server, undetermined, type World } from '../world.ts';

export default {
  ...without('stat', ['backup01']),
  flips: undetermined('203', '204', '405'),
  reasons: { 'BDS-203': [server, /stat/], 'BDS-204': [server, /stat/], 'BDS-405': [/stat/] },
} satisfies World;
