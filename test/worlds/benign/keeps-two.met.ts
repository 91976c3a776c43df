import { keepLast, withIncrements } from '../drills.ts';
import type { World } from '../world.ts';

export default {
  ...keepLast(2),
  profile: 'gate',
  site: withIncrements,
  flips: {},
  reasons: {},
} satisfies World;
