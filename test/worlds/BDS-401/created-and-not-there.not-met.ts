import { intercepted, settingUp, unregistered } from '../drills.ts';
import { together } from '../faults.ts';
import { notMet, type World } from '../world.ts';

const lies = intercepted('', {
  of: ['onedatastore', 'frontend01'],
  when: 'create*',
  act: 'echo "ID: 100"; exit 0',
  tried: 'onedatastore create /nothing',
  looks: /^ID: 100\nexit 0/,
});

export default {
  ...settingUp(together('OpenNebula answers a number, and creates nothing', [unregistered, lies], lies.isBroken)),
  profile: 'setup',
  site: { deadlines: { command: 6 } },
  flips: notMet('401'),
  reasons: { 'BDS-401': [/does not list it after it was created/] },
} satisfies World;
