import { notMet, server, type World } from '../world.ts';

export default {
  lab: 'rsync-missing-on-backup',
  flips: notMet('301'),
  reasons: { 'BDS-301': [server, /command not found/, /Install the package rsync/] },
} satisfies World;
