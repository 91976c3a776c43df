import { quicker, slow } from '../drills.ts';
import { server, undetermined, type World } from '../world.ts';

export default {
  ...slow('qemu-img on backup01 does not end to check', { of: ['qemu-img', 'backup01'], when: 'check*', tried: 'qemu-img check --help' }),
  profile: 'gate',
  site: quicker({ backup: 10 }),
  flips: undetermined('503'),
  reasons: { 'BDS-503': [server, /found no answer about .*disk\.0\.0 in time/] },
} satisfies World;
