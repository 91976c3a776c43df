import { files, overHostSays } from '../faults.ts';
import { blocked, notMet, onlyKvm01, type World } from '../world.ts';

export default {
  ...files(
    'kvm01 does not know the name of backup01',
    { on: 'kvm01', files: ['/etc/hosts'], script: 'sed -i /backup01/d /etc/hosts' },
    overHostSays('kvm01', /Could not resolve hostname/),
  ),

  flips: { ...notMet('102'), ...blocked('105') },
  machines: onlyKvm01('102'),
  reasons: { 'BDS-102': [/kvm01.*→ backup01/, /Could not resolve hostname/, /known on kvm01/] },
} satisfies World;
