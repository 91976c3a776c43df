import { client, overHostSays } from '../faults.ts';
import { blocked, notMet, onlyKvm01, type World } from '../world.ts';

export default {
  ...client(
    'ssh on kvm01 is told a port of backup01 where nobody listens',
    'kvm01',
    'Host backup01*\\n  Port 2222',
    overHostSays('kvm01', /port 2222: Connection refused/),
  ),

  flips: { ...notMet('102'), ...blocked('105') },
  machines: onlyKvm01('102'),
  reasons: { 'BDS-102': [/kvm01.*→ backup01/, /port 2222: Connection refused/] },
} satisfies World;
