import { client, overHostSays } from '../faults.ts';
import { notMet, onlyKvm01, type World } from '../world.ts';

export default {
  ...client(
    'ssh on kvm01 is told to use no agent',
    'kvm01',
    'Host backup01*\\n  IdentityAgent none',
    overHostSays('kvm01', /Permission denied/),
  ),

  flips: notMet('102'),
  machines: onlyKvm01('102'),
  reasons: { 'BDS-102': [/kvm01.*→ backup01/, /Permission denied/] },
} satisfies World;
