import { settingUp, slow, unregistered } from '../drills.ts';
import { together } from '../faults.ts';
import { undetermined, type World } from '../world.ts';

const hangs = slow('', { of: ['onedatastore', 'frontend01'], when: 'create*', tried: 'onedatastore create /nothing' });

export default {
  ...settingUp(together('OpenNebula does not answer who creates a datastore', [unregistered, hangs], hangs.isBroken)),
  profile: 'setup',
  site: { deadlines: { command: 4 } },
  flips: undetermined('401'),
  reasons: { 'BDS-401': [/whether it was done is not known: onedatastore create .*4 s/, /wrote the template.*Run setup again/] },
} satisfies World;
