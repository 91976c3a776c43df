import { known, prints } from '../faults.ts';
import { behind402, notMet, type World } from '../world.ts';

export default {
  ...known(
    'the datastore of the declared name is a system datastore',
    (cloud) => Object.assign(cloud.datastores[3] ?? {}, { TYPE: '1', DS_MAD: '-', TM_MAD: 'ssh' }),
    prints('frontend01', /<NAME>rsync Backups(?:(?!<DATASTORE>).)*<TYPE>1/s, 'onedatastore', 'list', '-x'),
  ),

  flips: { ...notMet('402'), ...behind402 },
  reasons: { 'BDS-402': [/TYPE sys, DS -, TM ssh/] },
} satisfies World;
