import { notMet, server, type World } from '../world.ts';

export default {
  lab: 'dir-wrong-owner',
  flips: notMet('201'),
  reasons: { 'BDS-201': [server, /belongs to/] },
} satisfies World;
