import { datastore } from '../faults.ts';
import { notMet, type World } from '../world.ts';

export default {
  ...datastore(
    'OpenNebula shows no number for the capacity',
    (datastore) => Object.assign(datastore, { TOTAL_MB: '-', FREE_MB: '-' }),
    /<TOTAL_MB>-</,
  ),

  flips: notMet('405'),
  reasons: { 'BDS-405': [/no number for TOTAL_MB and FREE_MB/] },
} satisfies World;
