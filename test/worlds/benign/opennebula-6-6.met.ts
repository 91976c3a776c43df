import { answeringAs } from '../versions.ts';
import type { World } from '../world.ts';

export default {
  ...answeringAs('6.6.3'),

  flips: {},
  reasons: {},
} satisfies World;
