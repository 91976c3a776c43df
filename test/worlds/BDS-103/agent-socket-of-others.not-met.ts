import { agent, agentSays } from '../faults.ts';
import { notMet, type World } from '../world.ts';

export default {
  ...agent("oneadmin may not use the socket of the front-end's agent", 'chmod 0 $SSH_AUTH_SOCK', agentSays(/Permission denied/)),

  flips: notMet('102', '103'),
  reasons: { 'BDS-102': [/kvm01.*kvm02/s, /Permission denied/], 'BDS-103': [/ssh-agent\.sock/, /Permission denied/] },
} satisfies World;
