import { behind501, quicker, slow } from '../drills.ts';
import { undetermined, type World } from '../world.ts';

export default {
  ...slow('OpenNebula does not answer who schedules a backup', {
    of: ['onevm', 'frontend01'],
    when: '*--schedule*',
    tried: 'onevm backup --schedule now -d 100 999',
  }),
  profile: 'gate',
  site: quicker({ command: 5 }),
  flips: { ...undetermined('501'), ...behind501 },
  reasons: { 'BDS-501': [/onevm backup --schedule now .*no answer within 5 s/, /Run it again/] },
} satisfies World;
