import { datastore } from '../faults.ts';
import { notMet, type World } from '../world.ts';

export default {
  ...datastore(
    'the free space OpenNebula knows is more than the server has',
    (datastore) => Object.assign(datastore, { FREE_MB: '2500' }),
    /<FREE_MB>2500</,
  ),

  flips: notMet('405'),
  reasons: { 'BDS-405': [/FREE_MB 2500 where the server has \d+/] },
} satisfies World;
