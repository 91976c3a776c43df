import { files, loginSays } from '../faults.ts';
import { blocked, notMet, onlyKvm01, type World } from '../world.ts';

export default {
  ...files(
    'the front-end does not know the name of kvm01',
    { on: 'frontend01', files: ['/etc/hosts'], script: 'sed -i /kvm01/d /etc/hosts' },
    loginSays('frontend01', 'kvm01', /Could not resolve hostname/),
  ),

  flips: { ...notMet('102'), ...blocked('105', '205', '303', '304') },
  machines: onlyKvm01('102'),
  reasons: { 'BDS-102': [/frontend01.*→ kvm01/, /Could not resolve hostname/] },
} satisfies World;
