import { files, loginSays } from '../faults.ts';
import { behind101, notMet, type World } from '../world.ts';

export default {
  ...files(
    'the front-end remembers another host key of backup01',
    {
      on: 'frontend01',
      files: ['/var/lib/one/.ssh'],
      script:
        "sed -i -E '/backup01/s# [^ ]+( [^ ]*)?$# '$(sed -n '/kvm02/s/.*ssh-ed25519 ([^ ]*).*/\\1/p' -E ~/.ssh/known_hosts)'#' ~/.ssh/known_hosts",
    },
    loginSays('frontend01', 'backup01', /IDENTIFICATION HAS CHANGED/),
  ),

  flips: { ...notMet('101', '105'), ...behind101 },
  reasons: { 'BDS-101': [/frontend01/, /Host key verification failed/], 'BDS-105': [/frontend01/, /SHA256:/] },
} satisfies World;
