import { client, overHostSays } from '../faults.ts';
import { blocked, notMet, onlyKvm01, type World } from '../world.ts';

export default {
  ...client(
    'ssh on kvm01 has a setting that it does not know',
    'kvm01',
    'Frobnicate yes',
    overHostSays('kvm01', /[Bb]ad configuration option/),
  ),

  flips: { ...notMet('102'), ...blocked('105') },
  machines: onlyKvm01('102'),
  reasons: { 'BDS-102': [/kvm01.*→ backup01/, /[Bb]ad configuration option/] },
} satisfies World;
