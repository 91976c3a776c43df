import { agent, agentSays } from '../faults.ts';
import { notMet, type World } from '../world.ts';

export default {
  ...agent("the socket of the front-end's agent is gone, though the agent runs", 'rm $SSH_AUTH_SOCK', agentSays(/No such file/)),

  flips: notMet('102', '103'),
  reasons: { 'BDS-102': [/kvm01.*kvm02/s, /Permission denied/], 'BDS-103': [/ssh-agent\.sock/, /No such file/] },
} satisfies World;
