import { onedDiesAt, settingUp, unregistered } from '../drills.ts';
import { together } from '../faults.ts';
import { undetermined, type World } from '../world.ts';

const dies = onedDiesAt('', { of: 'onedatastore', when: 'create*', tried: 'touch /tmp/none; onedatastore create /tmp/none; rm /tmp/none' });

export default {
  ...settingUp(together('OpenNebula stops when the datastore is created', [unregistered, dies], dies.isBroken)),
  profile: 'setup',
  site: { deadlines: { command: 6 } },
  flips: undetermined('401'),
  reasons: { 'BDS-401': [/whether it was done is not known: .*Failed to open TCP connection/, /wrote the template/] },
} satisfies World;
