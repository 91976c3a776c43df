import { agent, agentSays } from '../faults.ts';
import { notMet, type World } from '../world.ts';

export default {
  ...agent(
    "the front-end's agent is locked by a password",
    "mkdir /tmp/keys; printf '%s\\n' '#!/bin/sh' 'echo secret' > /tmp/keys/ask; chmod 755 /tmp/keys/ask; SSH_ASKPASS=/tmp/keys/ask SSH_ASKPASS_REQUIRE=force ssh-add -x > /dev/null 2>&1",
    agentSays(/no identities/),
  ),

  flips: notMet('102', '103'),
  reasons: { 'BDS-102': [/kvm01.*kvm02/s, /Permission denied/], 'BDS-103': [/holds no key/] },
} satisfies World;
