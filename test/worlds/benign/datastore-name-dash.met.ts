import { known, prints } from '../faults.ts';
import type { World } from '../world.ts';

export default {
  ...known(
    'the backup datastore is called -daily',
    (cloud) => Object.assign(cloud.datastores[3] ?? {}, { NAME: '-daily' }),
    prints('frontend01', /<NAME>-daily/, 'onedatastore', 'list', '-x'),
  ),

  site: { datastore: { name: '-daily' } },
  flips: {},
  reasons: {},
} satisfies World;
