import { backupDue, known, prints, schedule } from '../faults.ts';
import type { World } from '../world.ts';

export default {
  ...known(
    'a scheduled backup to another datastore is stuck',
    (cloud) => schedule(cloud, 0, backupDue('953', 60, 'Error getting datastore [999].', { ARGS: '999,0' })),
    prints('frontend01', /<SCHED_ACTION>/, 'onevm', 'list', '-x', '--extended'),
  ),

  flips: {},
  reasons: {},
} satisfies World;
