import { saying } from '../ways.ts';
import type { World } from '../world.ts';

export default {
  ...saying(
    'qemu-img',
    ['backup01', 'kvm01', 'kvm02'],
    'qemu-img version 9.2.90 (v10.0.0-rc0-dirty)\nCopyright (c) 2003-2025 Fabrice Bellard and the QEMU Project developers',
  ),
  flips: {},
  reasons: {},
} satisfies World;
