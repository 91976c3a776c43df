import { behind101, notMet, type World } from '../world.ts';

export default {
  lab: 'server-rekeyed',

  flips: { ...notMet('101', '102', '105'), ...behind101 },
  reasons: {
    'BDS-101': [/Host key verification failed/, /ssh-keygen -R/],
    'BDS-102': [/Host key verification failed/],
    'BDS-105': [/SHA256:/, /frontend01.*kvm01.*kvm02/s],
  },
} satisfies World;
