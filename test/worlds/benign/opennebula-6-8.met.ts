import { answeringAs } from '../versions.ts';
import type { World } from '../world.ts';

export default {
  ...answeringAs('6.8.0'),

  flips: {},
  reasons: {},
} satisfies World;
