import { hosts } from '../faults.ts';
import { kvm01, kvm02, type World } from '../world.ts';

export default {
  ...hosts('kvm02 is OFFLINE in OpenNebula', (cloud) => Object.assign(cloud.hosts[1] ?? {}, { STATE: '8' }), /<STATE>8</),

  flips: {},
  machines: { 'BDS-102': { [kvm01]: 'met', [kvm02]: 'not-applicable' } },
  reasons: {},
} satisfies World;
