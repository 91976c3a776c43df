import { known, prints } from '../faults.ts';
import type { World } from '../world.ts';

export default {
  ...known(
    'the backup datastore is called Ümläut, größer',
    (cloud) => Object.assign(cloud.datastores[3] ?? {}, { NAME: 'Ümläut, größer' }),
    prints('frontend01', /<NAME>&#xDC;ml/, 'onedatastore', 'list', '-x'),
  ),

  site: { datastore: { name: 'Ümläut, größer' } },
  flips: {},
  reasons: {},
} satisfies World;
