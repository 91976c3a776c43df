import { saying } from '../ways.ts';
import type { World } from '../world.ts';

export default {
  ...saying(
    'qemu-img',
    ['backup01', 'kvm01', 'kvm02'],
    'qemu-img version 2.12.0 (qemu-kvm-ev-2.12.0-44.1.el7_8.1)\nCopyright (c) 2003-2017 Fabrice Bellard and the QEMU Project developers',
  ),
  flips: {},
  reasons: {},
} satisfies World;
