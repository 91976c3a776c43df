import { files, loginSays } from '../faults.ts';
import { behind101, blocked, notMet, type World } from '../world.ts';

export default {
  ...files(
    'the front-end does not know the name of backup01',
    { on: 'frontend01', files: ['/etc/hosts'], script: 'sed -i /backup01/d /etc/hosts' },
    loginSays('frontend01', 'backup01', /Could not resolve hostname/),
  ),

  flips: { ...notMet('101'), ...behind101, ...blocked('105') },
  reasons: {
    'BDS-101': [/frontend01.*backup01/, /Could not resolve hostname/, /Make the name backup01\.example\.net known on frontend01/],
  },
} satisfies World;
