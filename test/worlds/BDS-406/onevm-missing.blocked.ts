import { files, prints } from '../faults.ts';
import { blocked, undetermined, type World } from '../world.ts';

export default {
  ...files(
    'the front-end has no onevm',
    { on: 'frontend01', files: ['/usr/local/bin/onevm'], script: 'rm /usr/local/bin/onevm' },
    prints('frontend01', /not found/, 'sh', '-c', 'onevm list'),
  ),

  flips: { ...undetermined('304'), ...blocked('406') },
  reasons: { 'BDS-304': [/onevm list -x.*: command not found/] },
} satisfies World;
