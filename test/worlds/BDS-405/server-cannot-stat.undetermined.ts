import { prints, program } from '../faults.ts';
import { server, undetermined, type World } from '../world.ts';

export default {
  ...program(
    'stat on backup01 does not run',
    'backup01',
    'stat',
    'echo stat: broken >&2; exit 1',
    prints('backup01', /stat: broken/, 'stat', '/'),
  ),

  flips: undetermined('203', '204', '405'),
  reasons: { 'BDS-203': [server], 'BDS-204': [server], 'BDS-405': [server, /no answer|broken/] },
} satisfies World;
