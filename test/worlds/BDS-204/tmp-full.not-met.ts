import { notMet, server, type World } from '../world.ts';

export default {
  lab: 'tmp-full-on-backup',
  flips: notMet('204'),
  reasons: { 'BDS-204': [server, /\/var\/tmp has 0\.0 % free, expected at least 5 %/] },
} satisfies World;
