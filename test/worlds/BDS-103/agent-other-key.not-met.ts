import { agent, agentSays } from '../faults.ts';
import { notMet, type World } from '../world.ts';

export default {
  ...agent(
    "the front-end's agent holds only a key that no server knows",
    "mkdir /tmp/keys; ssh-keygen -q -t ed25519 -N '' -C other-key -f /tmp/keys/k; ssh-add -qD; ssh-add -q /tmp/keys/k",
    agentSays(/other-key/),
  ),

  flips: notMet('102', '103'),
  reasons: { 'BDS-102': [/kvm01.*kvm02/s, /Permission denied/], 'BDS-103': [/none of which is accepted/] },
} satisfies World;
