import { prints, program } from '../faults.ts';
import { blocked, undetermined, type World } from '../world.ts';

export default {
  ...program(
    'onevm alone does not answer',
    'frontend01',
    'onevm',
    'exec sleep 60',
    prints('frontend01', /^124/m, 'sh', '-c', 'timeout 3 onevm list -x > /dev/null; echo $?'),
  ),

  site: { deadlines: { connect: 2, command: 3 } },
  flips: { ...undetermined('304'), ...blocked('406') },
  reasons: { 'BDS-304': [/onevm list -x/, /did not answer in time/] },
} satisfies World;
