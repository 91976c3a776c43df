import { datastore } from '../faults.ts';
import { notMet, type World } from '../world.ts';

export default {
  ...datastore(
    'somebody set SAFE_DIRS of the backup datastore to /',
    (_, template) => Object.assign(template, { SAFE_DIRS: '/' }),
    /<SAFE_DIRS>(<!\[CDATA\[)?\/[<\]]/,
  ),

  flips: notMet('404'),
  reasons: { 'BDS-404': [/SAFE_DIRS is “\/”, expected “\/var\/tmp”/] },
} satisfies World;
