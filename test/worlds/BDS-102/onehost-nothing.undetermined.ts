import { prints, program } from '../faults.ts';
import { blocked, undetermined, type World } from '../world.ts';

export default {
  ...program(
    'onehost alone prints nothing',
    'frontend01',
    'onehost',
    'exit 0',
    prints('frontend01', /^0 bytes/m, 'sh', '-c', 'echo $(onehost list -x | wc -c) bytes'),
  ),

  flips: { ...undetermined('102'), ...blocked('105', '205', '303', '304') },
  reasons: { 'BDS-102': [/onehost list -x/, /found nothing/] },
} satisfies World;
