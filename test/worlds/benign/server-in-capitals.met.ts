import { datastore } from '../faults.ts';
import type { World } from '../world.ts';

export default {
  ...datastore(
    'the backup datastore names its server in capitals',
    (_, template) => Object.assign(template, { RSYNC_HOST: 'BACKUP01.EXAMPLE.NET' }),
    /BACKUP01/,
  ),

  flips: {},
  reasons: {},
  notes: { 'BDS-403': /same host key/ },
} satisfies World;
