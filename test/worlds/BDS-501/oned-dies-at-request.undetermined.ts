import { behind501, onedDiesAt, quick } from '../drills.ts';
import { undetermined, type World } from '../world.ts';

export default {
  ...onedDiesAt('OpenNebula stops when a backup is scheduled', {
    of: 'onevm',
    when: '*--schedule*',
    tried: 'onevm backup --schedule now -d 100 999',
  }),
  profile: 'gate',
  site: quick,
  flips: { ...undetermined('501', '602'), ...behind501 },
  reasons: {
    'BDS-501': [/Failed to open TCP connection|Connection refused/],
    'BDS-602': [/could not look: .*(Failed to open TCP connection|Connection refused)/, /backup-compliance cleanup/],
  },
} satisfies World;
