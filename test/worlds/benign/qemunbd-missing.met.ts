import type { World } from '../world.ts';

// The virtual machine that keeps increments runs; qemu-nbd serves the disks of those that are powered off.
export default {
  lab: 'qemunbd-missing-on-host',
  flips: {},
  reasons: {},
  notes: { 'BDS-304': /kvm01.*qemu-nbd/ },
} satisfies World;
