import { files, loginSays } from '../faults.ts';
import { blocked, notMet, onlyKvm01, type World } from '../world.ts';

export default {
  ...files(
    'oneadmin on kvm01 has no authorized_keys',
    { on: 'kvm01', files: ['/var/lib/one/.ssh'], script: 'rm ~/.ssh/authorized_keys' },
    loginSays('frontend01', 'kvm01', /Permission denied/),
  ),

  flips: { ...notMet('102'), ...blocked('105', '205', '303', '304') },
  machines: onlyKvm01('102'),
  reasons: { 'BDS-102': [/frontend01.*→ kvm01/, /Permission denied/] },
} satisfies World;
