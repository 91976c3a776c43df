import { intercepted, settingUp, unregistered } from '../drills.ts';
import { together } from '../faults.ts';
import { notMet, type World } from '../world.ts';

const adds = intercepted('', {
  of: ['onedatastore', 'frontend01'],
  when: 'create*',
  act: '{ cat "$2"; echo LIMIT_TRANSFER_BW = 10M; } > /tmp/more && $real create /tmp/more; exit',
  tried: 'rm -f /tmp/more; onedatastore create /dev/null; cat /tmp/more; rm -f /tmp/more',
  looks: /LIMIT_TRANSFER_BW = 10M/,
});

export default {
  ...settingUp(together('OpenNebula saves a datastore with a limit of its own', [unregistered, adds], adds.isBroken)),
  profile: 'setup',
  site: { deadlines: { command: 6 } },
  flips: notMet('401'),
  reasons: { 'BDS-401': [/datastore 100 saved otherwise: LIMIT_TRANSFER_BW is “10M”/, /onedatastore show 100/] },
} satisfies World;
