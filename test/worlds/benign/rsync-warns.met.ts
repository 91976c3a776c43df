import { saying } from '../ways.ts';
import type { World } from '../world.ts';

export default {
  ...saying(
    'rsync',
    ['backup01', 'kvm01', 'kvm02'],
    'rsync  version 3.2.5  protocol version 31',
    'rsync: warning: no default configuration',
  ),
  flips: {},
  reasons: {},
} satisfies World;
