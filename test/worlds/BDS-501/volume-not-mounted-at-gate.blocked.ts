import { quick, theDrill } from '../drills.ts';
import { broken } from '../ways.ts';
import { notMet, server, type World } from '../world.ts';

export default {
  ...broken('not-mounted'),
  profile: 'gate',
  site: quick,
  flips: { ...notMet('203'), ...theDrill },
  reasons: { 'BDS-203': [server, /root file system/] },
} satisfies World;
