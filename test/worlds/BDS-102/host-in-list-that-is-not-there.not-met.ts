import { addHost, hosts } from '../faults.ts';
import { blocked, kvm01, notMet, type World } from '../world.ts';

export default {
  ...hosts('OpenNebula lists a host that does not exist', (cloud) => addHost(cloud, 'kvm09.example.net'), /kvm09/),

  flips: { ...notMet('102'), ...blocked('105', '205', '303', '304') },
  machines: { 'BDS-102': { [kvm01]: 'met', 'kvm09.example.net': 'not-met' } },
  reasons: { 'BDS-102': [/frontend01.*→ kvm09/, /Could not resolve hostname/] },
} satisfies World;
