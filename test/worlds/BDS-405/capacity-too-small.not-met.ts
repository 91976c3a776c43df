import { datastore } from '../faults.ts';
import { notMet, type World } from '../world.ts';

export default {
  ...datastore(
    'the capacity OpenNebula knows is 2 % too small',
    (datastore) => Object.assign(datastore, { TOTAL_MB: '752' }),
    /<TOTAL_MB>752</,
  ),

  flips: notMet('405'),
  reasons: { 'BDS-405': [/TOTAL_MB 752 where the server has 768/] },
} satisfies World;
