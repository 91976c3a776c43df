import { filter, overHostSays } from '../faults.ts';
import { blocked, onlyKvm01, undetermined, type World } from '../world.ts';

export default {
  ...filter(
    'a packet filter on backup01 tells kvm01 that its SSH server is out of reach',
    'backup01',
    'input',
    'ip saddr 198.19.0.1 tcp dport 22 reject with icmp type host-unreachable',
    overHostSays('kvm01', /No route to host/),
  ),

  flips: { ...undetermined('102'), ...blocked('105') },
  machines: onlyKvm01('102', 'undetermined'),
  reasons: { 'BDS-102': [/kvm01.*→ backup01/, /No route to host/] },
} satisfies World;
