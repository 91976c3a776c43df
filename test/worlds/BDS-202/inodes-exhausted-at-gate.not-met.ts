import { behind502, quick } from '../drills.ts';
import { broken } from '../ways.ts';
import { notMet, server, type World } from '../world.ts';

export default {
  ...broken('inodes-exhausted'),
  profile: 'gate',
  site: quick,
  flips: { ...notMet('202', '204', '502'), ...behind502 },
  reasons: {
    'BDS-202': [server, /could not be created: “.*No space left on device/],
    'BDS-204': [server, /inodes/],
    'BDS-502': [/cannot create directory .*No space left on device/],
  },
} satisfies World;
