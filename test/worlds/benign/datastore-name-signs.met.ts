import { known, prints } from '../faults.ts';
import type { World } from '../world.ts';

export default {
  ...known(
    'the backup datastore is called a (b) = c, d',
    (cloud) => Object.assign(cloud.datastores[3] ?? {}, { NAME: 'a (b) = c, d' }),
    prints('frontend01', /<NAME>a \(b/, 'onedatastore', 'list', '-x'),
  ),

  site: { datastore: { name: 'a (b) = c, d' } },
  flips: {},
  reasons: {},
} satisfies World;
