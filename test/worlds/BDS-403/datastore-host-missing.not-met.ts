import { datastore } from '../faults.ts';
import { notMet, type World } from '../world.ts';

export default {
  ...datastore('the backup datastore names no server', (_, template) => delete template.RSYNC_HOST, /^(?!.*<RSYNC_HOST>)/s),

  flips: notMet('403'),
  reasons: { 'BDS-403': [/found no RSYNC_HOST/] },
} satisfies World;
