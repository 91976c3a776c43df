import { backupDue, known, prints, schedule } from '../faults.ts';
import { notMet, type World } from '../world.ts';

export default {
  ...known(
    'a backup that is repeated every day was due two hours ago, and begun only the day before',
    (cloud) =>
      schedule(cloud, 0, backupDue('930', 120, '', { REPEAT: '3', DAYS: '24', DONE: String(Math.floor(Date.now() / 1000) - 26 * 3600) })),
    prints('frontend01', /<SCHED_ACTION>/, 'onevm', 'list', '-x', '--extended'),
  ),

  flips: notMet('406'),
  reasons: { 'BDS-406': [/action 930: overdue by 120 minutes/] },
} satisfies World;
