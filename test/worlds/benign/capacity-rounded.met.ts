import { datastore } from '../faults.ts';
import type { World } from '../world.ts';

export default {
  ...datastore(
    'the capacity OpenNebula knows differs by rounding and by what was written since',
    (datastore) => Object.assign(datastore, { TOTAL_MB: '769', FREE_MB: '100' }),
    /<TOTAL_MB>769</,
  ),

  flips: {},
  reasons: {},
} satisfies World;
