import { notMet, server, type World } from '../world.ts';

export default {
  lab: 'inodes-exhausted',
  flips: notMet('204'),
  reasons: { 'BDS-204': [server, /inodes free/] },
} satisfies World;
