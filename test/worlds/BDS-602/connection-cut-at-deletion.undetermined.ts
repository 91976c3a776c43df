import { cutAt, quick } from '../drills.ts';
import { undetermined, type World } from '../world.ts';

export default {
  ...cutAt('backup01 drops its connections when a directory is removed', {
    of: 'rmdir',
    when: '*datastores/100/*',
    tried: 'rmdir /var/lib/one/datastores/100/none',
  }),
  profile: 'gate',
  site: quick,
  flips: undetermined('602'),
  reasons: { 'BDS-602': [/could not look: backup01\.example\.net: Connection to backup01\.example\.net closed/] },
} satisfies World;
