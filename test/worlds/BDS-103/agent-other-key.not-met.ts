import { agent } from '../faults.ts';
import { notMet, type World } from '../world.ts';

export default {
  ...agent(
    "the front-end's agent holds only a key that no server knows",
    "mkdir /tmp/keys; ssh-keygen -q -t ed25519 -N '' -f /tmp/keys/k; ssh-add -qD; ssh-add -q /tmp/keys/k",
    async (lab) =>
      !/oneadmin@/.test((await lab.shell('frontend01', ['env', 'SSH_AUTH_SOCK=/var/run/one/ssh-agent.sock', 'ssh-add', '-l'])).stdout),
  ),

  flips: notMet('102', '103'),
  reasons: { 'BDS-102': [/kvm01.*kvm02/s, /Permission denied/], 'BDS-103': [/none of which is accepted/] },
} satisfies World;
