import { datastore } from '../faults.ts';
import { notMet, type World } from '../world.ts';

export default {
  ...datastore(
    'somebody set TM_MAD of the backup datastore to ssh',
    (_, template) => Object.assign(template, { TM_MAD: 'ssh' }),
    /<TM_MAD>(<!\[CDATA\[)?ssh[<\]]/,
  ),

  flips: notMet('404'),
  reasons: { 'BDS-404': [/TM_MAD is “ssh”, expected “-”/] },
} satisfies World;
