import { notMet, onlyKvm01, type World } from '../world.ts';

export default {
  lab: 'qemuio-missing-on-host',
  flips: notMet('304'),
  machines: onlyKvm01('304'),
  reasons: { 'BDS-304': [/kvm01.*qemu-io \(package qemu-utils; incremental/, /files01 \(1\)/] },
} satisfies World;
