import { notMet, server, type World } from '../world.ts';

export default {
  lab: 'dir-not-writable',
  flips: notMet('201'),
  reasons: { 'BDS-201': [server, /datastores\/100/] },
} satisfies World;
