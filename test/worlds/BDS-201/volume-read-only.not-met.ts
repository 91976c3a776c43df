import { notMet, server, type World } from '../world.ts';

export default {
  lab: 'volume-read-only',
  flips: notMet('201'),
  reasons: { 'BDS-201': [server, /datastores cannot be written/, /findmnt/] },
} satisfies World;
