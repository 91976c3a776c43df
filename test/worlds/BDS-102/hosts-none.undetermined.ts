import { hosts } from '../faults.ts';
import { undetermined, type World } from '../world.ts';

export default {
  ...hosts('OpenNebula lists no host', (cloud) => Object.assign(cloud, { hosts: [] }), /^<HOST_POOL *\/>/),

  flips: { ...undetermined('102', '105', '205', '303', '304') },
  reasons: {
    'BDS-102': [/expected at least one hypervisor/, /it lists none/],
    'BDS-105': [/it lists none/],
    'BDS-205': [/it lists none/],
    'BDS-303': [/it lists none/],
    'BDS-304': [/it lists none/],
  },
} satisfies World;
