import { prints, program } from '../faults.ts';
import { behind402, blocked, undetermined, type World } from '../world.ts';

export default {
  ...program(
    'onedatastore alone prints nothing',
    'frontend01',
    'onedatastore',
    'exit 0',
    prints('frontend01', /^0 bytes/m, 'sh', '-c', 'echo $(onedatastore list -x | wc -c) bytes'),
  ),

  flips: { ...undetermined('205'), ...blocked('402'), ...behind402 },
  reasons: { 'BDS-205': [/onedatastore list -x/, /found nothing/] },
} satisfies World;
