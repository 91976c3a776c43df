import { hosts } from '../faults.ts';
import { undetermined, type World } from '../world.ts';

export default {
  ...hosts('all hosts are OFFLINE in OpenNebula', (cloud) => cloud.hosts.map((host) => Object.assign(host, { STATE: '8' })), /<STATE>8</),

  flips: { ...undetermined('102', '105', '205', '303', '304') },
  reasons: {
    'BDS-102': [/expected at least one hypervisor/, /all 2 are OFFLINE/],
    'BDS-105': [/all 2 are OFFLINE/],
    'BDS-205': [/all 2 are OFFLINE/],
    'BDS-303': [/all 2 are OFFLINE/],
    'BDS-304': [/all 2 are OFFLINE/],
  },
} satisfies World;
