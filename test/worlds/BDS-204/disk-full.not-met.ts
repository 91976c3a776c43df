import { notMet, server, type World } from '../world.ts';

export default {
  lab: 'disk-full',
  flips: notMet('204'),
  reasons: { 'BDS-204': [server, / free, expected at least 10 %/] },
} satisfies World;
