import { backupDue, known, prints, schedule } from '../faults.ts';
import type { World } from '../world.ts';

export default {
  ...known(
    'a backup is scheduled for tomorrow',
    (cloud) => schedule(cloud, 0, backupDue('951', -1440)),
    prints('frontend01', /<SCHED_ACTION>/, 'onevm', 'list', '-x', '--extended'),
  ),

  flips: {},
  reasons: {},
} satisfies World;
