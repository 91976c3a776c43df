import { datastore } from '../faults.ts';
import { notMet, type World } from '../world.ts';

export default {
  ...datastore(
    'somebody set RSYNC_SPARSIFY of the backup datastore to yes',
    (_, template) => Object.assign(template, { RSYNC_SPARSIFY: 'yes' }),
    /<RSYNC_SPARSIFY>(<!\[CDATA\[)?yes[<\]]/,
  ),

  flips: notMet('404'),
  reasons: { 'BDS-404': [/RSYNC_SPARSIFY is “yes”, expected none/] },
} satisfies World;
