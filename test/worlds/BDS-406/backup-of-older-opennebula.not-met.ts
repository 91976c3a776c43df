import { backupDue, known, prints, schedule } from '../faults.ts';
import { notMet, type World } from '../world.ts';

export default {
  ...known(
    'a scheduled backup as OpenNebula 6.6 writes it is overdue',
    (cloud) => schedule(cloud, 0, backupDue('940', 45, '', { ARGS: '100' })),
    prints('frontend01', /<SCHED_ACTION>/, 'onevm', 'list', '-x', '--extended'),
  ),

  flips: notMet('406'),
  reasons: { 'BDS-406': [/action 940: overdue by 45 minutes/] },
} satisfies World;
