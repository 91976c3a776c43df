import { client, overHostSays } from '../faults.ts';
import { blocked, notMet, onlyKvm01, type World } from '../world.ts';

export default {
  ...client(
    'everybody may write the settings of ssh on kvm01',
    'kvm01',
    '# open',
    overHostSays('kvm01', /Bad owner or permissions/),
    'chmod 666 ~/.ssh/config',
  ),

  flips: { ...notMet('102'), ...blocked('105') },
  machines: onlyKvm01('102'),
  reasons: { 'BDS-102': [/kvm01.*→ backup01/, /Bad owner or permissions/] },
} satisfies World;
