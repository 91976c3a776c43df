import { known, prints } from '../faults.ts';
import { behind402, notMet, type World } from '../world.ts';

export default {
  ...known(
    'the datastore of the declared name is of a type nobody knows',
    (cloud) => Object.assign(cloud.datastores[3] ?? {}, { TYPE: '9' }),
    prints('frontend01', /<TYPE>9/s, 'onedatastore', 'list', '-x'),
  ),

  flips: { ...notMet('402'), ...behind402 },
  reasons: { 'BDS-402': [/TYPE unknown \(9\)/] },
} satisfies World;
