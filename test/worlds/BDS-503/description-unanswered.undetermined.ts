import { quicker, slow } from '../drills.ts';
import { server, undetermined, type World } from '../world.ts';

export default {
  ...slow('backup01 does not end to read a description', { of: ['base64', 'backup01'], when: '*vm.xml', tried: 'base64 -d -- /vm.xml' }),
  profile: 'gate',
  site: quicker({ command: 5 }),
  flips: undetermined('503'),
  reasons: { 'BDS-503': [server, /found no answer about .*vm\.xml in time/] },
} satisfies World;
