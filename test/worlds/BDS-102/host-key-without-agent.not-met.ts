import { files, overHostSays } from '../faults.ts';
import { notMet, onlyKvm01, type World } from '../world.ts';

export default {
  ...files(
    'authorized_keys on kvm01 lets the key in without its agent',
    { on: 'kvm01', files: ['/var/lib/one/.ssh'], script: "sed -i 's/^/no-agent-forwarding /' ~/.ssh/authorized_keys" },
    overHostSays('kvm01', /Permission denied/),
  ),

  flips: notMet('102'),
  machines: onlyKvm01('102'),
  reasons: { 'BDS-102': [/kvm01.*→ backup01/, /Permission denied/] },
} satisfies World;
