import { filter, overHostSays } from '../faults.ts';
import { blocked, notMet, onlyKvm01, type World } from '../world.ts';

export default {
  ...filter(
    'a packet filter on backup01 rejects what comes from kvm01',
    'backup01',
    'input',
    'ip saddr 198.19.0.1 tcp dport 22 reject with tcp reset',
    overHostSays('kvm01', /Connection refused/),
  ),

  flips: { ...notMet('102'), ...blocked('105') },
  machines: onlyKvm01('102'),
  reasons: { 'BDS-102': [/kvm01.*→ backup01/, /Connection refused/] },
} satisfies World;
