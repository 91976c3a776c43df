import { hosts } from '../faults.ts';
import type { World } from '../world.ts';

export default {
  ...hosts('a declared host is OFFLINE in OpenNebula', (cloud) => Object.assign(cloud.hosts[1] ?? {}, { STATE: '8' }), /<STATE>8</),

  site: { hosts: ['kvm01.example.net', 'kvm02.example.net'] },
  flips: { 'BDS-106': 'met' },
  reasons: {},
} satisfies World;
