import { type World, withoutCommandLine } from '../world.ts';

export default {
  lab: 'oned-truncated',
  flips: withoutCommandLine,
  reasons: { 'BDS-102': [/onehost list -x/, /not the pool, or not all of it/] },
} satisfies World;
