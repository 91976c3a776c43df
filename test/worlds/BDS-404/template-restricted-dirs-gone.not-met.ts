import { datastore } from '../faults.ts';
import { notMet, type World } from '../world.ts';

export default {
  ...datastore(
    'the backup datastore has no RESTRICTED_DIRS',
    (_, template) => delete template.RESTRICTED_DIRS,
    /^(?!.*<RESTRICTED_DIRS>)/s,
  ),

  flips: notMet('404'),
  reasons: { 'BDS-404': [/RESTRICTED_DIRS is missing, expected “\/”/] },
} satisfies World;
