import { filter, overHostSays } from '../faults.ts';
import { blocked, onlyKvm01, undetermined, type World } from '../world.ts';

export default {
  ...filter(
    'a packet filter on backup01 tears down what comes from kvm01',
    'backup01',
    'input',
    'ip saddr 198.19.0.1 tcp dport 22 ct state established reject with tcp reset',
    overHostSays('kvm01', /reset by/),
  ),

  flips: { ...undetermined('102'), ...blocked('105') },
  machines: onlyKvm01('102', 'undetermined'),
  reasons: { 'BDS-102': [/kvm01.*→ backup01/, /reset by/] },
} satisfies World;
