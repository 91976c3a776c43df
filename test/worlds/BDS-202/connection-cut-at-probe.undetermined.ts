import { cutAt, quick } from '../drills.ts';
import { server, undetermined, type World } from '../world.ts';

export default {
  ...cutAt('backup01 drops its connections when a file is brought to the disk', {
    of: 'sync',
    when: '*.backup-compliance-*|*datastores/*',
    tried: 'sync -- /var/lib/one/datastores/',
  }),
  profile: 'gate',
  site: quick,
  flips: undetermined('202'),
  reasons: { 'BDS-202': [server, /found no answer/, /Run it again/] },
} satisfies World;
