import { filter, loginSays } from '../faults.ts';
import { blocked, notMet, onlyKvm01, type World } from '../world.ts';

export default {
  ...filter(
    'a packet filter on kvm01 rejects what comes for its SSH server',
    'kvm01',
    'input',
    'tcp dport 22 reject with tcp reset',
    loginSays('frontend01', 'kvm01', /Connection refused/),
  ),

  flips: { ...notMet('102'), ...blocked('105', '205', '303', '304') },
  machines: onlyKvm01('102'),
  reasons: { 'BDS-102': [/frontend01.*→ kvm01/, /Connection refused/] },
} satisfies World;
