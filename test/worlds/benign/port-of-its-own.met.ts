import { client, prints, sshd, together } from '../faults.ts';
import type { World } from '../world.ts';

export default {
  ...together(
    'the SSH server of backup01 listens on port 2222, too, and ssh on kvm01 is told to go there',
    [
      sshd('', 'backup01', 'Port 2222', prints('backup01', /2222/, 'cat', '/etc/ssh/sshd_config')),
      client('', 'kvm01', 'Host backup01*\\n  Port 2222\\n  HostKeyAlias backup01', prints('kvm01', /./, 'hostname')),
    ],
    prints('kvm01', /^port 2222/m, 'ssh', '-G', 'backup01.example.net'),
  ),

  flips: {},
  reasons: {},
} satisfies World;
