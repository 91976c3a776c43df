import { backupDue, known, prints, schedule } from '../faults.ts';
import { notMet, type World } from '../world.ts';

export default {
  ...known(
    'a scheduled backup of virtual machine 0 should have begun 16 minutes ago',
    (cloud) => schedule(cloud, 0, backupDue('901', 16)),
    prints('frontend01', /<SCHED_ACTION>/, 'onevm', 'list', '-x', '--extended'),
  ),

  flips: notMet('406'),
  reasons: { 'BDS-406': [/action 901: overdue by 16 minutes/, /onevm sched-delete 0 901/] },
} satisfies World;
