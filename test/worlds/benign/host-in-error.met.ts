import { hosts } from '../faults.ts';
import type { World } from '../world.ts';

export default {
  ...hosts('kvm02 is in state ERROR in OpenNebula', (cloud) => Object.assign(cloud.hosts[1] ?? {}, { STATE: '3' }), /<STATE>3</),

  flips: {},
  reasons: {},
} satisfies World;
