import { impatient, prints, program } from '../faults.ts';
import { server, undetermined, type World } from '../world.ts';

export default {
  ...program(
    'bash on backup01 hangs',
    'backup01',
    'bash',
    'exec sleep 60',
    prints('backup01', /^124/m, 'sh', '-c', 'timeout 0.3 bash -c true; echo $?'),
  ),

  site: impatient,
  flips: undetermined('104', '201', '203', '204', '301', '302', '304', '405'),
  reasons: {
    'BDS-104': [server, /no answer/],
    'BDS-201': [server, /no answer/],
    'BDS-203': [server, /no answer/],
    'BDS-204': [server, /no answer/],
    'BDS-301': [server, /no answer/],
    'BDS-302': [server, /no answer/],
    'BDS-304': [server, /no answer/],
    'BDS-405': [server, /no answer/],
  },
} satisfies World;
