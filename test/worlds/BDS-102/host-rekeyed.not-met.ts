import { files, loginSays } from '../faults.ts';
import { blocked, notMet, onlyKvm01, type World } from '../world.ts';

export default {
  ...files(
    'the front-end remembers another host key of kvm01',
    {
      on: 'frontend01',
      files: ['/var/lib/one/.ssh'],
      script:
        "sed -i -E '/kvm01/s# [^ ]+( [^ ]*)?$# '$(sed -n '/kvm02/s/.*ssh-ed25519 ([^ ]*).*/\\1/p' -E ~/.ssh/known_hosts)'#' ~/.ssh/known_hosts",
    },
    loginSays('frontend01', 'kvm01', /IDENTIFICATION HAS CHANGED/),
  ),

  flips: { ...notMet('102'), ...blocked('105', '205', '303', '304') },
  machines: onlyKvm01('102'),
  reasons: { 'BDS-102': [/frontend01.*→ kvm01/, /Host key verification failed/] },
} satisfies World;
