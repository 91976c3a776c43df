import { broken, together } from '../ways.ts';
import { notMet, server, type World } from '../world.ts';

export default {
  ...together('storage and /var/tmp on backup01 are full', broken('disk-full'), broken('tmp-full-on-backup')),
  flips: notMet('204'),
  reasons: { 'BDS-204': [server, /datastores\/100 has 0\.0 % free/, /\/var\/tmp has 0\.0 % free/] },
} satisfies World;
