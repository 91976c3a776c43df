import { client, prints } from '../faults.ts';
import { notMet, onlyKvm01, type World } from '../world.ts';

export default {
  ...client(
    'ssh on kvm01 gets in at kvm02, which it goes by way of, but not at backup01',
    'kvm01',
    'Host backup01*\\n  ProxyJump kvm02.example.net\\n  PubkeyAuthentication no',
    prints('kvm01', /proxyjump kvm02/, 'ssh', '-G', 'backup01.example.net'),
  ),

  flips: notMet('102'),
  machines: onlyKvm01('102'),
  reasons: { 'BDS-102': [/kvm01.*→ backup01/, /Permission denied/] },
} satisfies World;
