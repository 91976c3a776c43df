import { known, prints } from '../faults.ts';
import { behind402, notMet, type World } from '../world.ts';

export default {
  ...known(
    'the datastore of the declared name is one for images',
    (cloud) => Object.assign(cloud.datastores[3] ?? {}, { TYPE: '0', DS_MAD: 'fs', TM_MAD: 'local' }),
    prints(
      'frontend01',
      /rsync Backups.*<TYPE><!\[CDATA\[0|<NAME>rsync Backups(?:(?!<DATASTORE>).)*<TYPE>0/s,
      'onedatastore',
      'list',
      '-x',
    ),
  ),

  flips: { ...notMet('402'), ...behind402 },
  reasons: { 'BDS-402': [/TYPE img, DS fs, TM local/, /onedatastore show 100/] },
} satisfies World;
