import { known, prints } from '../faults.ts';
import type { World } from '../world.ts';

export default {
  ...known(
    'the backup datastore is called 12345',
    (cloud) => Object.assign(cloud.datastores[3] ?? {}, { NAME: '12345' }),
    prints('frontend01', /<NAME>12345/, 'onedatastore', 'list', '-x'),
  ),

  site: { datastore: { name: '12345' } },
  flips: {},
  reasons: {},
} satisfies World;
