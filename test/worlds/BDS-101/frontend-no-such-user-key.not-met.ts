import { client, loginSays } from '../faults.ts';
import { behind101, notMet, type World } from '../world.ts';

export default {
  ...client(
    'ssh on the front-end does not use keys for backup01',
    'frontend01',
    'Host backup01*\\n  PubkeyAuthentication no',
    loginSays('frontend01', 'backup01', /Permission denied/),
  ),

  flips: { ...notMet('101', '103'), ...behind101 },
  reasons: { 'BDS-101': [/frontend01.*backup01/, /Permission denied/], 'BDS-103': [/none of which is accepted/] },
} satisfies World;
