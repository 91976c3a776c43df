import { answeringAs } from '../versions.ts';
import type { World } from '../world.ts';

export default {
  ...answeringAs('7.0.2'),

  flips: {},
  reasons: {},
} satisfies World;
