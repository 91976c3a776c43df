import { hosts } from '../faults.ts';
import { notMet, undetermined, type World } from '../world.ts';

export default {
  ...hosts('OpenNebula lists no host, and two are declared', (cloud) => Object.assign(cloud, { hosts: [] }), /^<HOST_POOL *\/>/),

  site: { hosts: ['kvm01.example.net', 'kvm02.example.net'] },
  flips: { ...notMet('106'), ...undetermined('102', '105', '205', '303', '304') },
  reasons: {
    'BDS-102': [/expected at least one hypervisor/, /it lists none/],
    'BDS-105': [/it lists none/],
    'BDS-205': [/it lists none/],
    'BDS-303': [/it lists none/],
    'BDS-304': [/it lists none/],
    'BDS-106': [/kvm01/, /kvm02/],
  },
} satisfies World;
