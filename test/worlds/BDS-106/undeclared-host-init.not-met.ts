import { addHost, hosts } from '../faults.ts';
import { notMet, type World } from '../world.ts';

export default {
  ...hosts('OpenNebula has a host that nobody declared, in state init', (cloud) => addHost(cloud, 'kvm02', '0'), /<NAME>kvm02</),

  site: { hosts: ['kvm01.example.net', 'kvm02.example.net'] },
  flips: notMet('106'),
  reasons: { 'BDS-106': [/kvm02: expected only hosts that the site file declares/, /onehost delete kvm02/] },
} satisfies World;
