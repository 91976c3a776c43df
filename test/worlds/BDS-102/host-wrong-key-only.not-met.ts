import { client, overHostSays } from '../faults.ts';
import { notMet, onlyKvm01, type World } from '../world.ts';

export default {
  ...client(
    'ssh on kvm01 is told to show a key of its own, and no other',
    'kvm01',
    'Host backup01*\\n  IdentitiesOnly yes\\n  IdentityFile ~/.ssh/other',
    overHostSays('kvm01', /Permission denied/),
    "ssh-keygen -q -t ed25519 -N '' -f ~/.ssh/other",
  ),

  flips: notMet('102'),
  machines: onlyKvm01('102'),
  reasons: { 'BDS-102': [/kvm01.*→ backup01/, /Permission denied/] },
} satisfies World;
