import { notMet, type World } from '../world.ts';

export default {
  lab: 'capacity-zero',
  flips: notMet('405'),
  reasons: { 'BDS-405': [/TOTAL_MB 0/] },
} satisfies World;
