import { filter, loginSays } from '../faults.ts';
import { blocked, onlyKvm01, undetermined, type World } from '../world.ts';

export default {
  ...filter(
    'a packet filter on kvm01 tears down connections to its SSH server',
    'kvm01',
    'input',
    'tcp dport 22 ct state established reject with tcp reset',
    loginSays('frontend01', 'kvm01', /reset by/),
  ),

  flips: { ...undetermined('102'), ...blocked('105', '205', '303', '304') },
  machines: onlyKvm01('102', 'undetermined'),
  reasons: { 'BDS-102': [/frontend01.*→ kvm01/, /reset by/] },
} satisfies World;
