import { addHost, hosts } from '../faults.ts';
import type { World } from '../world.ts';

export default {
  ...hosts('OpenNebula has a host that nobody declared, but it is OFFLINE', (cloud) => addHost(cloud, 'kvm02', '8'), /<NAME>kvm02</),

  site: { hosts: ['kvm01.example.net', 'kvm02.example.net'] },
  flips: { 'BDS-106': 'met' },
  reasons: {},
} satisfies World;
