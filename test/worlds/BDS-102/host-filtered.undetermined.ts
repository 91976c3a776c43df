import { filter, impatient, loginSays } from '../faults.ts';
import { blocked, onlyKvm01, undetermined, type World } from '../world.ts';

export default {
  ...filter(
    'a packet filter on kvm01 drops what comes for its SSH server',
    'kvm01',
    'input',
    'tcp dport 22 drop',
    loginSays('frontend01', 'kvm01', /timed out/),
  ),

  site: impatient,
  flips: { ...undetermined('102'), ...blocked('105', '205', '303', '304') },
  machines: onlyKvm01('102', 'undetermined'),
  reasons: { 'BDS-102': [/frontend01.*→ kvm01/, /timed out/] },
} satisfies World;
