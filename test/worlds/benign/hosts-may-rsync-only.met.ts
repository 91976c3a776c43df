import { files, overHostSays } from '../faults.ts';
import type { World } from '../world.ts';

const KEYS = '/var/lib/one/.ssh/authorized_keys';

export default {
  ...files(
    'the key lets the front-end do all, and hypervisors no more than rsync',
    {
      on: 'backup01',
      files: [KEYS],
      script: `key=$(cat ${KEYS}); printf '%s\\n' "from=\\"198.18.1.1\\" $key" "restrict,command=\\"rrsync /\\" $key" > ${KEYS}`,
    },
    overHostSays('kvm01', /rrsync/),
  ),
  profile: 'gate',
  flips: {},
  reasons: {},
} satisfies World;
