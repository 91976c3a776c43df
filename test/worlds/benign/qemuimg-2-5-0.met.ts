import { saying } from '../ways.ts';
import type { World } from '../world.ts';

export default {
  ...saying(
    'qemu-img',
    ['backup01', 'kvm01', 'kvm02'],
    'qemu-img version 2.5.0 (Debian 1:2.5+dfsg-5ubuntu10.51), Copyright (c) 2004-2008 Fabrice Bellard',
  ),
  flips: {},
  reasons: {},
} satisfies World;
