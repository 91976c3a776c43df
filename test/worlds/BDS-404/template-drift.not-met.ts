import { notMet, type World } from '../world.ts';

export default {
  lab: 'template-drift',
  flips: notMet('404'),
  reasons: { 'BDS-404': [/RSYNC_ARGS/] },
} satisfies World;
