import { datastore, impatient } from '../faults.ts';
import { undetermined, type World } from '../world.ts';

export default {
  ...datastore(
    'the backup datastore names a server that does not answer',
    (_, template) => Object.assign(template, { RSYNC_HOST: '198.18.2.99' }),
    /198\.18\.2\.99/,
  ),

  site: impatient,
  flips: undetermined('403'),
  reasons: { 'BDS-403': [/RSYNC_HOST “198\.18\.2\.99”/, /timed out|No route/] },
} satisfies World;
