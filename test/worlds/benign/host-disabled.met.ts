import { hosts } from '../faults.ts';
import type { World } from '../world.ts';

export default {
  ...hosts('kvm02 is DISABLED in OpenNebula', (cloud) => Object.assign(cloud.hosts[1] ?? {}, { STATE: '4' }), /<STATE>4</),

  flips: {},
  reasons: {},
} satisfies World;
