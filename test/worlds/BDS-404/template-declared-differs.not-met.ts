import { datastore } from '../faults.ts';
import { notMet, type World } from '../world.ts';

export default {
  ...datastore(
    'the backup datastore has other RSYNC_ARGS than are declared',
    (_, template) => Object.assign(template, { RSYNC_ARGS: '-a' }),
    /<RSYNC_ARGS>/,
  ),

  site: { datastore: { template: { RSYNC_ARGS: '-aS' } } },
  flips: notMet('404'),
  reasons: { 'BDS-404': [/RSYNC_ARGS is “-a”, expected “-aS”/] },
} satisfies World;
