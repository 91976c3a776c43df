import { client, prints } from '../faults.ts';
import { blocked, notMet, onlyKvm01, type World } from '../world.ts';

export default {
  ...client(
    'ssh on kvm01 is told to go to backup01 by way of a machine that nobody knows',
    'kvm01',
    'Host backup01*\\n  ProxyJump gone.example.net',
    prints('kvm01', /proxyjump gone/, 'ssh', '-G', 'backup01.example.net'),
  ),

  flips: { ...notMet('102'), ...blocked('105') },
  machines: onlyKvm01('102'),
  reasons: { 'BDS-102': [/kvm01.*→ backup01/, /resolve hostname gone/, /Make the name gone\.example\.net known on kvm01/] },
} satisfies World;
