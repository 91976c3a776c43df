import { notMet, onlyKvm01, type World } from '../world.ts';

export default {
  lab: 'hostkey-changed-on-host',

  flips: notMet('102', '105'),
  machines: onlyKvm01('102'),
  reasons: { 'BDS-102': [/kvm01/, /Host key verification failed/], 'BDS-105': [/kvm01/, /SHA256:/] },
} satisfies World;
