import { datastore } from '../faults.ts';
import { notMet, type World } from '../world.ts';

export default {
  ...datastore(
    'OpenNebula shows a negative capacity',
    (datastore) => Object.assign(datastore, { TOTAL_MB: '-1', FREE_MB: '-1' }),
    /<TOTAL_MB>-1</,
  ),

  flips: notMet('405'),
  reasons: { 'BDS-405': [/TOTAL_MB -1/] },
} satisfies World;
