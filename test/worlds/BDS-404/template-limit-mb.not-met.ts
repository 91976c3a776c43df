import { datastore } from '../faults.ts';
import { notMet, type World } from '../world.ts';

export default {
  ...datastore(
    'somebody set LIMIT_MB of the backup datastore to 500',
    (_, template) => Object.assign(template, { LIMIT_MB: '500' }),
    /<LIMIT_MB>(<!\[CDATA\[)?500[<\]]/,
  ),

  flips: notMet('404'),
  reasons: { 'BDS-404': [/LIMIT_MB is “500”, expected none/] },
} satisfies World;
