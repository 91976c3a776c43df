import { datastore } from '../faults.ts';
import { notMet, type World } from '../world.ts';

export default {
  ...datastore(
    'the backup datastore names a machine without SSH server',
    (_, template) => Object.assign(template, { RSYNC_HOST: '198.18.0.1' }),
    /198\.18\.0\.1<|198\.18\.0\.1\]/,
  ),

  flips: notMet('403'),
  reasons: { 'BDS-403': [/RSYNC_HOST “198\.18\.0\.1”/, /Connection refused/] },
} satisfies World;
