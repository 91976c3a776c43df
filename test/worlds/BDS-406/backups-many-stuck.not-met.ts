import { backupDue, known, prints, schedule } from '../faults.ts';
import { notMet, type World } from '../world.ts';

export default {
  ...known(
    'eight scheduled backups of virtual machine 0 are stuck',
    (cloud) => schedule(cloud, 0, ...[1, 2, 3, 4, 5, 6, 7, 8].map((id) => backupDue(String(id), 60 + id))),
    prints('frontend01', /<SCHED_ACTION>/, 'onevm', 'list', '-x', '--extended'),
  ),

  flips: notMet('406'),
  reasons: { 'BDS-406': [/and 3 more/] },
} satisfies World;
