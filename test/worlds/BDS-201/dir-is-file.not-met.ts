import { notMet, server, type World } from '../world.ts';

export default {
  lab: 'dir-is-file',
  flips: notMet('201'),
  reasons: { 'BDS-201': [server, /not a directory/] },
} satisfies World;
