import { files, prints } from '../faults.ts';
import { blocked, undetermined, type World } from '../world.ts';

export default {
  ...files(
    'the front-end has no onehost',
    { on: 'frontend01', files: ['/usr/local/bin/onehost'], script: 'rm /usr/local/bin/onehost' },
    prints('frontend01', /not found/, 'sh', '-c', 'onehost list'),
  ),

  flips: { ...undetermined('102'), ...blocked('105', '205', '303', '304') },
  reasons: { 'BDS-102': [/onehost list -x.*: command not found/] },
} satisfies World;
