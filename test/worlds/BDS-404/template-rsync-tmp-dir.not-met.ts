import { datastore } from '../faults.ts';
import { notMet, type World } from '../world.ts';

export default {
  ...datastore(
    'somebody set RSYNC_TMP_DIR of the backup datastore to /tmp',
    (_, template) => Object.assign(template, { RSYNC_TMP_DIR: '/tmp' }),
    /<RSYNC_TMP_DIR>(<!\[CDATA\[)?\/tmp[<\]]/,
  ),

  flips: notMet('404'),
  reasons: { 'BDS-404': [/RSYNC_TMP_DIR is “\/tmp”, expected none/] },
} satisfies World;
