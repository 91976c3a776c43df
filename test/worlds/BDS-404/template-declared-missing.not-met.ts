import { datastore } from '../faults.ts';
import { notMet, type World } from '../world.ts';

export default {
  ...datastore(
    'what was declared beyond the usual was taken out of the backup datastore again',
    (_, template) => Object.assign(template, { COMMENT: 'none' }),
    /<COMMENT>/,
  ),

  site: { datastore: { template: { COMPRESSION: 'zstd' } } },
  flips: notMet('404'),
  reasons: { 'BDS-404': [/COMPRESSION is missing, expected “zstd”/] },
} satisfies World;
