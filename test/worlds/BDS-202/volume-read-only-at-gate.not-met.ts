import { quick, theDrill } from '../drills.ts';
import { broken } from '../ways.ts';
import { notMet, server, type World } from '../world.ts';

export default {
  ...broken('volume-read-only'),
  profile: 'gate',
  site: quick,
  flips: { ...notMet('201', '202'), ...theDrill },
  reasons: { 'BDS-201': [server], 'BDS-202': [server, /could not be created: “.*Read-only file system/] },
} satisfies World;
