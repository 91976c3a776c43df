import { client, loginSays } from '../faults.ts';
import { behind101, notMet, type World } from '../world.ts';

export default {
  ...client(
    'ssh on the front-end is told to show backup01 another key than its own',
    'frontend01',
    'Host backup01*\\n  IdentitiesOnly yes\\n  IdentityFile ~/.ssh/other',
    loginSays('frontend01', 'backup01', /Permission denied/),
    "ssh-keygen -q -t ed25519 -N '' -f ~/.ssh/other",
  ),

  flips: { ...notMet('101'), ...behind101 },
  reasons: { 'BDS-101': [/frontend01.*backup01/, /Permission denied/] },
} satisfies World;
