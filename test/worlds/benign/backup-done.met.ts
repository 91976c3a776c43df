import { backupDue, known, prints, schedule } from '../faults.ts';
import type { World } from '../world.ts';

export default {
  ...known(
    'a scheduled backup was begun when it was due',
    (cloud) => schedule(cloud, 0, backupDue('952', 600, '', { DONE: String(Math.floor(Date.now() / 1000) - 600 * 60 + 4) })),
    prints('frontend01', /<SCHED_ACTION>/, 'onevm', 'list', '-x', '--extended'),
  ),

  flips: {},
  reasons: {},
} satisfies World;
