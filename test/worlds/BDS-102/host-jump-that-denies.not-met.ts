import { client, prints } from '../faults.ts';
import { blocked, notMet, onlyKvm01, type World } from '../world.ts';

export default {
  ...client(
    'ssh on kvm01 does not get in at kvm02, which it is to go by way of',
    'kvm01',
    'Host backup01*\\n  ProxyJump twoadmin@kvm02.example.net',
    prints('kvm01', /proxyjump twoadmin@kvm02/, 'ssh', '-G', 'backup01.example.net'),
  ),

  flips: { ...notMet('102'), ...blocked('105') },
  machines: onlyKvm01('102'),
  reasons: { 'BDS-102': [/kvm01.*→ backup01/, /twoadmin@kvm02.*Permission denied/] },
} satisfies World;
