import { datastore } from '../faults.ts';
import { notMet, type World } from '../world.ts';

export default {
  ...datastore(
    'two attributes of the backup datastore are not as declared',
    (_, template) => Object.assign(template, { LIMIT_MB: '1', RSYNC_ARGS: '-a --delete' }),
    /<LIMIT_MB>/,
  ),

  flips: notMet('404'),
  reasons: { 'BDS-404': [/RSYNC_ARGS is “-a --delete”/, /LIMIT_MB is “1”/] },
} satisfies World;
