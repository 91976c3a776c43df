import { datastore } from '../faults.ts';
import { notMet, type World } from '../world.ts';

export default {
  ...datastore(
    'the backup datastore has something for its server that is no name',
    (_, template) => Object.assign(template, { RSYNC_HOST: '-oProxyCommand=true' }),
    /ProxyCommand/,
  ),

  flips: notMet('403'),
  reasons: { 'BDS-403': [/RSYNC_HOST “-oProxyCommand=true”/] },
} satisfies World;
