import { notMet, server, type World } from '../world.ts';

export default {
  lab: 'not-mounted',
  flips: notMet('203'),
  reasons: { 'BDS-203': [server, /root file system/] },
} satisfies World;
