import { agent, agentSays } from '../faults.ts';
import type { World } from '../world.ts';

export default {
  ...agent(
    "the front-end's agent has its socket elsewhere, as declared",
    'mv $SSH_AUTH_SOCK /run/one/other.sock',
    agentSays(/No such file/),
  ),

  site: { ssh_agent_socket: '/run/one/other.sock' },
  flips: {},
  reasons: {},
} satisfies World;
