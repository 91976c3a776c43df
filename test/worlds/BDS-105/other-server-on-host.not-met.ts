import { files, prints } from '../faults.ts';
import { notMet, onlyKvm01, type World } from '../world.ts';

export default {
  ...files(
    'kvm01 takes kvm02 for backup01, whose key it never saw',
    {
      on: 'kvm01',
      files: ['/etc/hosts', '/var/lib/one/.ssh'],
      script: "sed -i '/backup01/d; s/^198.19.0.2 /&backup01.example.net /' /etc/hosts; sed -i /backup01/d ~/.ssh/known_hosts",
    },
    prints('kvm01', /^198\.19\.0\.2/, 'getent', 'hosts', 'backup01.example.net'),
  ),

  flips: notMet('105'),
  machines: onlyKvm01('105'),
  reasons: { 'BDS-105': [/kvm01/, /the other machines see/, /getent hosts/] },
} satisfies World;
