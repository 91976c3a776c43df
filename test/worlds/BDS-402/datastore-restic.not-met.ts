import { known, prints } from '../faults.ts';
import { behind402, notMet, type World } from '../world.ts';

export default {
  ...known(
    'the datastore of the declared name is a backup datastore of another driver',
    (cloud) => Object.assign(cloud.datastores[3] ?? {}, { DS_MAD: 'restic' }),
    prints('frontend01', /<DS_MAD>(<!\[CDATA\[)?restic/s, 'onedatastore', 'list', '-x'),
  ),

  flips: { ...notMet('402'), ...behind402 },
  reasons: { 'BDS-402': [/TYPE bck, DS restic/] },
} satisfies World;
