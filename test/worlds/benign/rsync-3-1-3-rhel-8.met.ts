import { saying } from '../ways.ts';
import type { World } from '../world.ts';

export default {
  ...saying(
    'rsync',
    ['backup01', 'kvm01', 'kvm02'],
    'rsync  version 3.1.3  protocol version 31\nCopyright (C) 1996-2018 by Andrew Tridgell, Wayne Davison, and others.',
  ),
  flips: {},
  reasons: {},
} satisfies World;
