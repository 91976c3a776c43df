import { saying } from '../ways.ts';
import type { World } from '../world.ts';

export default {
  ...saying(
    'qemu-img',
    ['backup01', 'kvm01', 'kvm02'],
    'qemu-img version 9.1.0 (qemu-kvm-9.1.0-15.el9_6.7)\nCopyright (c) 2003-2024 Fabrice Bellard and the QEMU Project developers',
  ),
  flips: {},
  reasons: {},
} satisfies World;
