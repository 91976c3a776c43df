import { behind502, quick } from '../drills.ts';
import { broken } from '../ways.ts';
import { notMet, server, type World } from '../world.ts';

export default {
  ...broken('disk-full'),
  profile: 'gate',
  site: quick,
  flips: { ...notMet('202', '204', '502'), ...behind502 },
  reasons: {
    'BDS-202': [server, /could not be created: “.*No space left on device/, /df -h/],
    'BDS-204': [server],
    'BDS-502': [/write failed on ".*disk\.0\.0": No space left on device \(28\)/],
  },
} satisfies World;
