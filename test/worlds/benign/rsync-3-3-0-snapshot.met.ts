import { saying } from '../ways.ts';
import type { World } from '../world.ts';

export default {
  ...saying('rsync', ['backup01', 'kvm01', 'kvm02'], 'rsync  version 3.3.0pre1-17-g1a2b3c4d  protocol version 31.PR15'),
  flips: {},
  reasons: {},
} satisfies World;
