import { files, loginSays } from '../faults.ts';
import { behind101, notMet, type World } from '../world.ts';

export default {
  ...files(
    'the host key of backup01 is marked as revoked on the front-end',
    {
      on: 'frontend01',
      files: ['/var/lib/one/.ssh'],
      script: "sed -n 's/^198.18.2.1,[^ ]*/@revoked */p' ~/.ssh/known_hosts > ~/.ssh/revoked; cat ~/.ssh/revoked >> ~/.ssh/known_hosts",
    },
    loginSays('frontend01', 'backup01', /REVOKED|revoked/),
  ),

  flips: { ...notMet('101', '105'), ...behind101 },
  reasons: { 'BDS-101': [/frontend01/, /REVOKED|Host key verification failed/], 'BDS-105': [/frontend01/, /SHA256:/] },
} satisfies World;
