import { kvm01, kvm02, notMet, type World } from '../world.ts';

export default {
  lab: 'host-own-key-agent-stopped',

  flips: notMet('102', '103'),
  machines: { 'BDS-102': { [kvm01]: 'met', [kvm02]: 'not-met' } },
  reasons: { 'BDS-102': [/kvm02/, /Permission denied/], 'BDS-103': [/kvm01\.example\.net.*key of their own/] },
} satisfies World;
