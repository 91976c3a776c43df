import { saying } from '../ways.ts';
import type { World } from '../world.ts';

export default {
  ...saying(
    'rsync',
    ['backup01', 'kvm01', 'kvm02'],
    'rsync  version 3.5.0-150600.3.1  protocol version 32\nCopyright (C) 1996-2026 by Andrew Tridgell, Wayne Davison, and others.',
  ),
  flips: {},
  reasons: {},
} satisfies World;
