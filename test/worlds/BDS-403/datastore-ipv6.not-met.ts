import { datastore } from '../faults.ts';
import { notMet, type World } from '../world.ts';

export default {
  ...datastore(
    'the backup datastore names its server by an IPv6 address',
    (_, template) => Object.assign(template, { RSYNC_HOST: '2001:db8::1' }),
    /2001:db8::1/,
  ),

  flips: notMet('403'),
  reasons: { 'BDS-403': [/IPv6 literal “2001:db8::1”/] },
} satisfies World;
