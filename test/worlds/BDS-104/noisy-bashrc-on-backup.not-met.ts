import { notMet, server, type World } from '../world.ts';

export default {
  lab: 'noisy-bashrc-on-backup',
  flips: notMet('104'),
  reasons: { 'BDS-104': [server, /Welcome/, /\.bashrc/] },
} satisfies World;
