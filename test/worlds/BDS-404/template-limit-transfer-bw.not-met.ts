import { datastore } from '../faults.ts';
import { notMet, type World } from '../world.ts';

export default {
  ...datastore(
    'somebody set LIMIT_TRANSFER_BW of the backup datastore to 1G',
    (_, template) => Object.assign(template, { LIMIT_TRANSFER_BW: '1G' }),
    /<LIMIT_TRANSFER_BW>(<!\[CDATA\[)?1G[<\]]/,
  ),

  flips: notMet('404'),
  reasons: { 'BDS-404': [/LIMIT_TRANSFER_BW is “1G”, expected none/] },
} satisfies World;
