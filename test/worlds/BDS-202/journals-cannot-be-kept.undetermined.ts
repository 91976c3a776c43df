import { quick, theDrill } from '../drills.ts';
import { scripts } from '../ways.ts';
import { server, undetermined, type World } from '../world.ts';

export default {
  ...scripts('a file lies where the front-end is to keep its journals', ['frontend01'], {
    make: 'touch ~/.backup-compliance',
    undo: 'rm ~/.backup-compliance',
    looks: 'test -f ~/.backup-compliance',
  }),
  profile: 'gate',
  site: quick,
  flips: { ...undetermined('202'), ...theDrill },
  reasons: { 'BDS-202': [server, /could not be locked: mkdir: .*(File exists|Not a directory)/] },
} satisfies World;
