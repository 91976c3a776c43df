import { prints, program } from '../faults.ts';
import { server, undetermined, type World } from '../world.ts';

export default {
  ...program(
    'stat on backup01 hangs, as on a dead mount',
    'backup01',
    'stat',
    'exec sleep 60',
    prints('backup01', /^124/m, 'sh', '-c', 'timeout 0.3 stat /; echo $?'),
  ),

  site: { deadlines: { command: 2 } },
  flips: undetermined('203', '204', '405'),
  reasons: { 'BDS-203': [server], 'BDS-204': [server], 'BDS-405': [server, /no answer/] },
} satisfies World;
