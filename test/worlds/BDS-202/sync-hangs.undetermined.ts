import { quicker, slow } from '../drills.ts';
import { server, undetermined, type World } from '../world.ts';

export default {
  ...slow('backup01 does not end to bring a file to the disk', {
    of: ['sync', 'backup01'],
    when: '*datastores/*|*.backup-compliance-*',
    tried: 'sync -- /var/lib/one/datastores/',
  }),
  profile: 'gate',
  site: quicker({ command: 5 }),
  flips: undetermined('202'),
  reasons: { 'BDS-202': [server, /found no answer \(.*within 5 s.*\)/] },
} satisfies World;
