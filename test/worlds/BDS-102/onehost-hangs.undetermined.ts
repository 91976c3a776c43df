import { prints, program } from '../faults.ts';
import { type World, withoutCommandLine } from '../world.ts';

export default {
  ...program(
    'onehost alone does not answer',
    'frontend01',
    'onehost',
    'exec sleep 60',
    prints('frontend01', /^124/m, 'sh', '-c', 'timeout 3 onehost list -x > /dev/null; echo $?'),
  ),

  site: { deadlines: { connect: 2, command: 3 } },
  flips: withoutCommandLine,
  reasons: { 'BDS-102': [/onehost list -x/, /did not answer in time/] },
} satisfies World;
