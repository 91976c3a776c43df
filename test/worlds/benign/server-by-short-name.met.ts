import { datastore } from '../faults.ts';
import type { World } from '../world.ts';

export default {
  ...datastore(
    'the backup datastore names its server by its short name',
    (_, template) => Object.assign(template, { RSYNC_HOST: 'backup01' }),
    /<RSYNC_HOST>(<!\[CDATA\[)?backup01[<\]]/,
  ),

  flips: {},
  reasons: {},
  notes: { 'BDS-403': /“backup01”.*same host key/ },
} satisfies World;
