import { behind501, intercepted, quicker } from '../drills.ts';
import { undetermined, type World } from '../world.ts';

export default {
  ...intercepted('OpenNebula says that it scheduled a backup, and did not', {
    of: ['onevm', 'frontend01'],
    when: '*--schedule*',
    act: 'echo "VM 0: backup scheduled at 2026-11-23 05:00:33 +0000"; exit 0',
    tried: 'onevm backup --schedule now -d 100 999',
    looks: /backup scheduled at/,
  }),
  profile: 'gate',
  site: quicker({ schedule: 3 }),
  flips: { ...undetermined('501'), ...behind501 },
  reasons: { 'BDS-501': [/OpenNebula took the request, but shows no such scheduled backup/] },
} satisfies World;
