import { filter, impatient, overHostSays } from '../faults.ts';
import { blocked, onlyKvm01, undetermined, type World } from '../world.ts';

export default {
  ...filter(
    'a packet filter on kvm01 drops what it sends to SSH servers',
    'kvm01',
    'output',
    'tcp dport 22 drop',
    overHostSays('kvm01', /timed out/),
  ),

  site: impatient,
  flips: { ...undetermined('102'), ...blocked('105') },
  machines: onlyKvm01('102', 'undetermined'),
  reasons: { 'BDS-102': [/kvm01.*→ backup01/, /timed out|no answer/] },
} satisfies World;
