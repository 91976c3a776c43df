import { datastore } from '../faults.ts';
import type { World } from '../world.ts';

export default {
  ...datastore(
    'the backup datastore names its server by its address',
    (_, template) => Object.assign(template, { RSYNC_HOST: '198.18.2.1' }),
    /<RSYNC_HOST>(<!\[CDATA\[)?198/,
  ),

  flips: {},
  reasons: {},
  notes: { 'BDS-403': /“198\.18\.2\.1”.*same host key/ },
} satisfies World;
