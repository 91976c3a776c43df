import { known, prints } from '../faults.ts';
import { behind402, notMet, type World } from '../world.ts';

export default {
  ...known(
    'the datastore of the declared name is one for files',
    (cloud) => Object.assign(cloud.datastores[3] ?? {}, { TYPE: '2', DS_MAD: 'fs', TM_MAD: 'local' }),
    prints('frontend01', /<NAME>rsync Backups(?:(?!<DATASTORE>).)*<TYPE>2/s, 'onedatastore', 'list', '-x'),
  ),

  flips: { ...notMet('402'), ...behind402 },
  reasons: { 'BDS-402': [/TYPE fil/] },
} satisfies World;
