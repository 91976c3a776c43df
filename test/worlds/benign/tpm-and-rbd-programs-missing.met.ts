import { without } from '../ways.ts';
import type { World } from '../world.ts';

// Paths that are not covered need programs of their own, which are never looked for.
export default {
  ...without('tar', ['frontend01', 'kvm01', 'kvm02', 'backup01']),
  flips: {},
  reasons: {},
} satisfies World;
