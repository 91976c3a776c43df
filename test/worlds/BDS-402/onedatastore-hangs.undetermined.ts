import { prints, program } from '../faults.ts';
import { behind402, undetermined, type World } from '../world.ts';

export default {
  ...program(
    'onedatastore alone does not answer',
    'frontend01',
    'onedatastore',
    'exec sleep 60',
    prints('frontend01', /^124/m, 'sh', '-c', 'timeout 3 onedatastore list -x > /dev/null; echo $?'),
  ),

  site: { deadlines: { connect: 2, command: 3 } },
  flips: { ...undetermined('304', '402'), ...behind402 },
  reasons: { 'BDS-402': [/onedatastore list -x/, /in time/], 'BDS-304': [/onevm list -x|front-end/] },
} satisfies World;
