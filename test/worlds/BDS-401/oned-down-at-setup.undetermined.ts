import { settingUp } from '../drills.ts';
import { broken } from '../ways.ts';
import { undetermined, type World } from '../world.ts';

export default {
  ...settingUp(broken('oned-down')),
  profile: 'setup',
  site: { deadlines: { command: 6 } },
  flips: undetermined('401'),
  reasons: { 'BDS-401': [/onedatastore list -x ended with exit 255.*Connection refused/, /Start OpenNebula/] },
} satisfies World;
