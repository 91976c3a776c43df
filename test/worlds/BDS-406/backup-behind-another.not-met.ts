import { backupDue, known, prints, schedule } from '../faults.ts';
import { notMet, type World } from '../world.ts';

export default {
  ...known(
    'a backup waits behind another that is rejected and goes elsewhere',
    (cloud) => schedule(cloud, 0, backupDue('920', 70, 'Error getting datastore [999].', { ARGS: '999,0' }), backupDue('921', 60)),
    prints('frontend01', /<SCHED_ACTION>/, 'onevm', 'list', '-x', '--extended'),
  ),

  flips: notMet('406'),
  reasons: { 'BDS-406': [/action 921: overdue by 60 minutes/] },
} satisfies World;
