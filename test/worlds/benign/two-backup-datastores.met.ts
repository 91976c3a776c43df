import { known, prints } from '../faults.ts';
import type { World } from '../world.ts';

export default {
  ...known(
    'OpenNebula has a second backup datastore on the same server',
    (cloud) => cloud.datastores.push({ ...structuredClone(cloud.datastores[3] ?? {}), ID: '101', NAME: 'more Backups' }),
    prints('frontend01', /more Backups/, 'onedatastore', 'list', '-x'),
  ),

  flips: {},
  reasons: {},
} satisfies World;
