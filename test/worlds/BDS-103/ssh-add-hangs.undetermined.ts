import { prints, program } from '../faults.ts';
import { undetermined, type World } from '../world.ts';

export default {
  ...program(
    'ssh-add on the front-end hangs',
    'frontend01',
    'ssh-add',
    'exec sleep 60',
    prints('frontend01', /^124/m, 'sh', '-c', 'timeout 0.3 ssh-add -l; echo $?'),
  ),

  site: { deadlines: { command: 3 } },
  flips: undetermined('103'),
  reasons: { 'BDS-103': [/no answer to .ssh-add -l. in time/] },
} satisfies World;
