import { keepLast, withIncrements } from '../drills.ts';
import type { World } from '../world.ts';

export default {
  ...keepLast(0),
  profile: 'gate',
  site: withIncrements,
  flips: {},
  reasons: {},
  notes: { 'BDS-504': /keeps all increments \(KEEP_LAST is not set\), so its chain is never flattened/ },
} satisfies World;
