import { backupDue, known, prints, schedule } from '../faults.ts';
import type { World } from '../world.ts';

export default {
  ...known(
    'a scheduled backup is late by ten minutes',
    (cloud) => schedule(cloud, 0, backupDue('950', 10)),
    prints('frontend01', /<SCHED_ACTION>/, 'onevm', 'list', '-x', '--extended'),
  ),

  flips: {},
  reasons: {},
} satisfies World;
