import { files, overHostSays } from '../faults.ts';
import { notMet, onlyKvm01, type World } from '../world.ts';

export default {
  ...files(
    'the host key of backup01 is marked as revoked on kvm01',
    {
      on: 'kvm01',
      files: ['/var/lib/one/.ssh'],
      script: "sed -n 's/^198.18.2.1,[^ ]*/@revoked */p' ~/.ssh/known_hosts > ~/.ssh/revoked; cat ~/.ssh/revoked >> ~/.ssh/known_hosts",
    },
    overHostSays('kvm01', /REVOKED|revoked/),
  ),

  flips: notMet('102', '105'),
  machines: onlyKvm01('102'),
  reasons: { 'BDS-102': [/kvm01/, /REVOKED|Host key verification failed/], 'BDS-105': [/kvm01/, /SHA256:/] },
} satisfies World;
