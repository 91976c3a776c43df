import { saying } from '../ways.ts';
import type { World } from '../world.ts';

export default {
  ...saying(
    'qemu-img',
    ['backup01', 'kvm01', 'kvm02'],
    'qemu-img version 8.2.2 (Debian 1:8.2.2+ds-0ubuntu1.10)\nCopyright (c) 2003-2023 Fabrice Bellard and the QEMU Project developers',
  ),
  flips: {},
  reasons: {},
} satisfies World;
