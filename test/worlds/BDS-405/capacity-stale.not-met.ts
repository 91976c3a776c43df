import { notMet, type World } from '../world.ts';

export default {
  lab: 'capacity-stale',
  flips: notMet('405'),
  reasons: { 'BDS-405': [/TOTAL_MB \d+/] },
} satisfies World;
