import { datastore } from '../faults.ts';
import { notMet, type World } from '../world.ts';

export default {
  ...datastore(
    'OpenNebula shows no number for the free space',
    (datastore) => Object.assign(datastore, { FREE_MB: '' }),
    /<FREE_MB(\/>|><\/FREE_MB>|><!\[CDATA\[\]\])/,
  ),

  flips: notMet('405'),
  reasons: { 'BDS-405': [/no number for FREE_MB/] },
} satisfies World;
