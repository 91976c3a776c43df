import { agent, prints } from '../faults.ts';
import type { World } from '../world.ts';

export default {
  ...agent(
    "the front-end's agent holds two other keys, too",
    "mkdir /tmp/keys; for i in 1 2; do ssh-keygen -q -t ed25519 -N '' -f /tmp/keys/$i; ssh-add -q /tmp/keys/$i; done",
    prints('frontend01', /^3/m, 'sh', '-c', 'SSH_AUTH_SOCK=/var/run/one/ssh-agent.sock ssh-add -l | wc -l'),
  ),

  flips: {},
  reasons: {},
} satisfies World;
