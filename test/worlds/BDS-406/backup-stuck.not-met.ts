import { notMet, type World } from '../world.ts';

export default {
  lab: 'backup-stuck',
  flips: notMet('406'),
  reasons: { 'BDS-406': [/overdue|rejected/, /onevm sched-delete 0/] },
} satisfies World;
