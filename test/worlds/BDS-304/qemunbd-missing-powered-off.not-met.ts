import { broken, poweredOff, together } from '../ways.ts';
import { notMet, onlyKvm01, type World } from '../world.ts';

export default {
  ...together(
    'the virtual machine that keeps increments is powered off, and kvm01 has no qemu-nbd',
    poweredOff,
    broken('qemunbd-missing-on-host'),
  ),
  flips: notMet('304'),
  machines: onlyKvm01('304'),
  reasons: { 'BDS-304': [/kvm01.*qemu-nbd \(package qemu-utils; incremental backup of a powered-off/, /files01 \(1\)/] },
} satisfies World;
