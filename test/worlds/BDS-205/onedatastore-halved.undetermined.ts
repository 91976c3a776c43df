import { prints, program } from '../faults.ts';
import { behind402, blocked, undetermined, type World } from '../world.ts';

export default {
  ...program(
    'onedatastore alone prints half of what it should',
    'frontend01',
    'onedatastore',
    '$real "$@" | head -c 700',
    prints('frontend01', /^no end/m, 'sh', '-c', 'onedatastore list -x | tail -c 20 | grep -q POOL || echo no end'),
  ),

  flips: { ...undetermined('205'), ...blocked('402'), ...behind402 },
  reasons: { 'BDS-205': [/onedatastore list -x/, /not the pool, or not all of it/] },
} satisfies World;
