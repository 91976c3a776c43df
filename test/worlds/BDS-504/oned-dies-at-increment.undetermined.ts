import { onedDiesAt, withIncrements } from '../drills.ts';
import { blocked, undetermined, type World } from '../world.ts';

export default {
  ...onedDiesAt('OpenNebula stops when an increment is asked for', {
    of: 'onevm',
    when: "'backup --schedule now -d'*",
    tried: 'onevm backup --schedule now -d 100 999',
  }),
  profile: 'gate',
  site: withIncrements,
  flips: { ...undetermined('504', '602'), ...blocked('601') },
  reasons: { 'BDS-504': [/Failed to open TCP connection|Connection refused/], 'BDS-602': [/could not look/] },
} satisfies World;
