import { backupDue, known, prints, schedule } from '../faults.ts';
import { notMet, type World } from '../world.ts';

export default {
  ...known(
    'the scheduled backups of all virtual machines are stuck',
    (cloud) => cloud.vms.map((_, vm) => schedule(cloud, vm, backupDue(String(910 + vm), 90))),
    prints('frontend01', /<SCHED_ACTION>/, 'onevm', 'list', '-x', '--extended'),
  ),

  flips: notMet('406'),
  reasons: { 'BDS-406': [/backup-probe \(0\)/, /files01 \(1\)/] },
} satisfies World;
