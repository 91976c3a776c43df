import { datastore } from '../faults.ts';
import { notMet, type World } from '../world.ts';

export default {
  ...datastore('the backup datastore has no SAFE_DIRS', (_, template) => delete template.SAFE_DIRS, /^(?!.*<SAFE_DIRS>)/s),

  flips: notMet('404'),
  reasons: { 'BDS-404': [/SAFE_DIRS is missing/] },
} satisfies World;
