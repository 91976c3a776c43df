import { quicker, slow, withIncrements } from '../drills.ts';
import { blocked, undetermined, type World } from '../world.ts';

export default {
  ...slow('OpenNebula does not answer who asks for an increment', {
    of: ['onevm', 'frontend01'],
    when: "'backup --schedule now -d'*",
    tried: 'onevm backup --schedule now -d 100 999',
  }),
  profile: 'gate',
  site: { ...withIncrements, ...quicker({ command: 5 }) },
  flips: { ...undetermined('504'), ...blocked('601') },
  reasons: { 'BDS-504': [/no answer within 5 s/] },
} satisfies World;
