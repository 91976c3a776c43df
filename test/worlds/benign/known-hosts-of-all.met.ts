import { files, prints } from '../faults.ts';
import type { World } from '../world.ts';

export default {
  ...files(
    'kvm01 has all host keys in /etc/ssh/ssh_known_hosts',
    { on: 'kvm01', files: ['/etc/ssh/ssh_known_hosts', '/var/lib/one/.ssh'], script: 'mv ~/.ssh/known_hosts /etc/ssh/ssh_known_hosts' },
    prints('kvm01', /backup01/, 'cat', '/etc/ssh/ssh_known_hosts'),
  ),

  flips: {},
  reasons: {},
} satisfies World;
