import { keepLast, withIncrements } from '../drills.ts';
import { poweredOff, together } from '../ways.ts';
import type { World } from '../world.ts';

export default {
  ...together('files01 keeps one increment, and is powered off', keepLast(1), poweredOff),
  profile: 'gate',
  site: withIncrements,
  flips: {},
  reasons: {},
} satisfies World;
