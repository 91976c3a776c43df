import { datastore } from '../faults.ts';
import { notMet, type World } from '../world.ts';

export default {
  ...datastore('the backup datastore names no account', (_, template) => delete template.RSYNC_USER, /^(?!.*<RSYNC_USER>)/s),

  flips: notMet('403'),
  reasons: { 'BDS-403': [/found no RSYNC_USER/] },
} satisfies World;
