import { agent, agentSays } from '../faults.ts';
import { notMet, type World } from '../world.ts';

export default {
  ...agent(
    "a file lies where the socket of the front-end's agent should be",
    'rm $SSH_AUTH_SOCK; touch $SSH_AUTH_SOCK',
    agentSays(/Connection refused/),
  ),

  flips: notMet('102', '103'),
  reasons: { 'BDS-102': [/kvm01.*kvm02/s, /Permission denied/], 'BDS-103': [/ssh-agent\.sock/, /Connection refused/] },
} satisfies World;
