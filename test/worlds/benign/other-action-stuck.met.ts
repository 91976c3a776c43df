import { backupDue, known, prints, schedule } from '../faults.ts';
import type { World } from '../world.ts';

export default {
  ...known(
    'a scheduled action that is no backup is overdue',
    (cloud) => schedule(cloud, 0, backupDue('954', 60, '', { ACTION: 'reboot', ARGS: '' })),
    prints('frontend01', /<SCHED_ACTION>/, 'onevm', 'list', '-x', '--extended'),
  ),

  flips: {},
  reasons: {},
} satisfies World;
