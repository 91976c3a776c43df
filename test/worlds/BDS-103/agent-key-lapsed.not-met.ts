import { agent, agentSays } from '../faults.ts';
import { notMet, type World } from '../world.ts';

export default {
  ...agent(
    "the key that the front-end's agent held was lent for a second only",
    'ssh-add -qD; ssh-add -q -t 1; sleep 1.2',
    agentSays(/no identities/),
  ),

  flips: notMet('102', '103'),
  reasons: { 'BDS-102': [/kvm01.*kvm02/s, /Permission denied/], 'BDS-103': [/holds no key/] },
} satisfies World;
