import { prints, program } from '../faults.ts';
import { behind402, blocked, undetermined, type World } from '../world.ts';

export default {
  ...program(
    'onedatastore alone does not answer',
    'frontend01',
    'onedatastore',
    'exec sleep 60',
    prints('frontend01', /^124/m, 'sh', '-c', 'timeout 3 onedatastore list -x > /dev/null; echo $?'),
  ),

  site: { deadlines: { connect: 2, command: 3 } },
  flips: { ...undetermined('205'), ...blocked('304', '402'), ...behind402 },
  reasons: { 'BDS-205': [/onedatastore list -x/, /in time/] },
} satisfies World;
