import { backupDue, known, prints, schedule } from '../faults.ts';
import { notMet, type World } from '../world.ts';

export default {
  ...known(
    'a scheduled backup of virtual machine 1 should have begun a week ago',
    (cloud) => schedule(cloud, 1, backupDue('902', 7 * 24 * 60)),
    prints('frontend01', /<SCHED_ACTION>/, 'onevm', 'list', '-x', '--extended'),
  ),

  flips: notMet('406'),
  reasons: { 'BDS-406': [/files01 \(1\), action 902: overdue by 10080 minutes/, /onevm sched-delete 1 902/] },
} satisfies World;
