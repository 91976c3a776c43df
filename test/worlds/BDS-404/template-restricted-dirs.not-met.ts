import { datastore } from '../faults.ts';
import { notMet, type World } from '../world.ts';

export default {
  ...datastore(
    'somebody set RESTRICTED_DIRS of the backup datastore to /etc',
    (_, template) => Object.assign(template, { RESTRICTED_DIRS: '/etc' }),
    /<RESTRICTED_DIRS>(<!\[CDATA\[)?\/etc[<\]]/,
  ),

  flips: notMet('404'),
  reasons: { 'BDS-404': [/RESTRICTED_DIRS is “\/etc”, expected “\/”/] },
} satisfies World;
