import { known, prints } from '../faults.ts';
import { notMet, type World } from '../world.ts';

export default {
  ...known(
    'the backup datastore has a transfer driver',
    (cloud) => Object.assign(cloud.datastores[3] ?? {}, { TM_MAD: 'ssh' }),
    prints('frontend01', /rsync Backups.*<TM_MAD>(<!\[CDATA\[)?ssh/s, 'onedatastore', 'list', '-x'),
  ),

  flips: notMet('402'),
  reasons: { 'BDS-402': [/TM ssh/] },
} satisfies World;
