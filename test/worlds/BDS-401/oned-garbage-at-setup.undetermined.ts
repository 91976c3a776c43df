import { settingUp } from '../drills.ts';
import { broken } from '../ways.ts';
import { undetermined, type World } from '../world.ts';

export default {
  ...settingUp(broken('oned-garbage')),
  profile: 'setup',
  site: { deadlines: { command: 6 } },
  flips: undetermined('401'),
  reasons: { 'BDS-401': [/answered something that is not the pool/] },
} satisfies World;
