import { known, prints } from '../faults.ts';
import { behind402, notMet, type World } from '../world.ts';

export default {
  ...known(
    'OpenNebula has the backup datastore under another name',
    (cloud) => Object.assign(cloud.datastores[3] ?? {}, { NAME: 'rsync backups' }),
    prints('frontend01', /rsync backups/s, 'onedatastore', 'list', '-x'),
  ),

  flips: { ...notMet('402'), ...behind402 },
  reasons: { 'BDS-402': [/“rsync Backups”/, /backup datastores “rsync backups”/] },
} satisfies World;
