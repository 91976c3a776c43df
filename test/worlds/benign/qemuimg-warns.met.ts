import { saying } from '../ways.ts';
import type { World } from '../world.ts';

export default {
  ...saying('qemu-img', ['backup01', 'kvm01', 'kvm02'], 'qemu-img version 7.0.0', 'qemu-img: warning: module accel-tcg-x86_64 not found'),
  flips: {},
  reasons: {},
} satisfies World;
