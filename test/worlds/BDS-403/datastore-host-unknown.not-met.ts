import { datastore } from '../faults.ts';
import { notMet, type World } from '../world.ts';

export default {
  ...datastore(
    'the backup datastore names a server that nobody knows',
    (_, template) => Object.assign(template, { RSYNC_HOST: 'old-backup.example.net' }),
    /old-backup/,
  ),

  flips: notMet('403'),
  reasons: { 'BDS-403': [/RSYNC_HOST “old-backup\.example\.net”/, /Could not resolve hostname/] },
} satisfies World;
