import { broken, noIncrements, together } from '../ways.ts';
import type { World } from '../world.ts';

export default {
  ...together('no virtual machine keeps increments, and kvm01 has no qemu-io', noIncrements, broken('qemuio-missing-on-host')),
  flips: {},
  reasons: {},
  notes: { 'BDS-304': /kvm01.*missing, but needed only once a virtual machine keeps increments: qemu-io/ },
} satisfies World;
