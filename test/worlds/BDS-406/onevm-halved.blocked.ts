import { prints, program } from '../faults.ts';
import { blocked, undetermined, type World } from '../world.ts';

export default {
  ...program(
    'onevm alone prints half of what it should',
    'frontend01',
    'onevm',
    '$real "$@" | head -c 700',
    prints('frontend01', /^no end/m, 'sh', '-c', 'onevm list -x | tail -c 20 | grep -q POOL || echo no end'),
  ),

  flips: { ...undetermined('304'), ...blocked('406') },
  reasons: { 'BDS-304': [/onevm list -x/, /not the pool, or not all of it/] },
} satisfies World;
