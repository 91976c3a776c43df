import { behind101, notMet, type World } from '../world.ts';

export default {
  lab: 'authkeys-missing-on-backup',

  flips: { ...notMet('101', '102', '103'), ...behind101 },
  reasons: {
    'BDS-101': [/Permission denied \(publickey\)/, /authorized_keys on backup01/],
    'BDS-102': [/kvm01.*kvm02/s, /Permission denied/],
    'BDS-103': [/none of which is accepted/],
  },
} satisfies World;
