import { secondSystemDatastore } from '../ways.ts';
import type { World } from '../world.ts';

export default {
  ...secondSystemDatastore,
  flips: {},
  reasons: {},
} satisfies World;
