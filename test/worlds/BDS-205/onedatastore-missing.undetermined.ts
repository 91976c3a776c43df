import { files, prints } from '../faults.ts';
import { behind402, blocked, undetermined, type World } from '../world.ts';

export default {
  ...files(
    'the front-end has no onedatastore',
    { on: 'frontend01', files: ['/usr/local/bin/onedatastore'], script: 'rm /usr/local/bin/onedatastore' },
    prints('frontend01', /not found/, 'sh', '-c', 'onedatastore list'),
  ),

  flips: { ...undetermined('205'), ...blocked('402'), ...behind402 },
  reasons: { 'BDS-205': [/onedatastore list -x.*: command not found/] },
} satisfies World;
