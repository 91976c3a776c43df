import { files, prints } from '../faults.ts';
import type { World } from '../world.ts';

export default {
  ...files(
    'the account on backup01 has a second name, which comes first in the list of accounts',
    {
      on: 'backup01',
      files: ['/etc/passwd'],
      script: `sed -n 's/^oneadmin:/one:/p' /etc/passwd > /tmp/two; cat /etc/passwd >> /tmp/two; cat /tmp/two > /etc/passwd; rm /tmp/two`,
    },
    prints('backup01', /^one$/m, 'stat', '-c', '%U', '/var/lib/one/datastores'),
  ),
  flips: {},
  reasons: {},
} satisfies World;
