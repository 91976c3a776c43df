import { quick, theDrill } from '../drills.ts';
import { broken } from '../ways.ts';
import { behind101, blocked, notMet, server, type World } from '../world.ts';

export default {
  ...broken('sshd-down'),
  profile: 'gate',
  site: quick,
  flips: { ...notMet('101', '102'), ...behind101, ...blocked('105', '202'), ...theDrill },
  reasons: { 'BDS-101': [server, /Connection refused/], 'BDS-102': [/Connection refused/] },
} satisfies World;
