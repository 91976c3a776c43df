import { files, prints } from '../faults.ts';
import type { World } from '../world.ts';

export default {
  ...files(
    'kvm01 has no known_hosts of the account, but one of all accounts',
    {
      on: 'kvm01',
      files: ['/etc/ssh', '/var/lib/one/.ssh'],
      script: `cd ~/.ssh; mv known_hosts /etc/ssh/ssh_known_hosts; sed -i '1i Host *\\n  UserKnownHostsFile none\\n  StrictHostKeyChecking yes' config`,
    },
    prints('kvm01', /^userknownhostsfile none$/m, 'ssh', '-G', 'backup01.example.net'),
  ),
  flips: {},
  reasons: {},
} satisfies World;
