import { saying } from '../ways.ts';
import type { World } from '../world.ts';

export default {
  ...saying(
    'qemu-img',
    ['backup01', 'kvm01', 'kvm02'],
    'qemu-img version 6.2.0 (qemu-kvm-6.2.0-53.module+el8.10.0+2055+8eb7870b.4)\nCopyright (c) 2003-2021 Fabrice Bellard and the QEMU Project developers',
  ),
  flips: {},
  reasons: {},
} satisfies World;
