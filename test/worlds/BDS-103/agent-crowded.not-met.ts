import { agent, prints } from '../faults.ts';
import { notMet, type World } from '../world.ts';

export default {
  ...agent(
    "the front-end's agent holds so many keys that servers lose patience before ours",
    "mkdir /tmp/keys; ssh-add -qD; for i in 1 2 3 4 5 6 7; do ssh-keygen -q -t ed25519 -N '' -f /tmp/keys/$i; ssh-add -q /tmp/keys/$i; done; ssh-add -q",
    prints('frontend01', /^8/m, 'sh', '-c', 'SSH_AUTH_SOCK=/var/run/one/ssh-agent.sock ssh-add -l | wc -l'),
  ),

  flips: notMet('102', '103'),
  reasons: {
    'BDS-102': [/kvm01.*kvm02/s, /authentication failures|Permission denied/],
    'BDS-103': [/authentication failures|none of which is accepted/],
  },
} satisfies World;
