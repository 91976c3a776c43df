import { backupDue, known, prints, schedule } from '../faults.ts';
import { notMet, type World } from '../world.ts';

export default {
  ...known(
    'OpenNebula rejects a scheduled backup of virtual machine 0 again and again',
    (cloud) => schedule(cloud, 0, backupDue('900', 5, 'Could not create a new backup for VM 0, wrong state HOLD.')),
    prints('frontend01', /<SCHED_ACTION>/, 'onevm', 'list', '-x', '--extended'),
  ),

  flips: notMet('406'),
  reasons: { 'BDS-406': [/backup-probe \(0\), action 900: rejected: .*wrong state HOLD/, /onevm sched-delete 0 900/] },
} satisfies World;
