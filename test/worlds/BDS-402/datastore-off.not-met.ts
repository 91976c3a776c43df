import { known, prints } from '../faults.ts';
import { notMet, type World } from '../world.ts';

export default {
  ...known(
    'the backup datastore is off',
    (cloud) => Object.assign(cloud.datastores[3] ?? {}, { STATE: '1' }),
    prints('frontend01', /rsync Backups.*<STATE>1/s, 'onedatastore', 'list', '-x'),
  ),

  flips: notMet('402'),
  reasons: { 'BDS-402': [/STAT off/] },
} satisfies World;
