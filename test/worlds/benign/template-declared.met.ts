import { datastore } from '../faults.ts';
import type { World } from '../world.ts';

export default {
  ...datastore(
    'the backup datastore has attributes that are declared',
    (_, template) => Object.assign(template, { RSYNC_ARGS: '-aS --bwlimit=1000', LIMIT_MB: '500' }),
    /<LIMIT_MB>/,
  ),

  site: { datastore: { template: { RSYNC_ARGS: '-aS --bwlimit=1000', LIMIT_MB: '500' } } },
  flips: {},
  reasons: {},
} satisfies World;
