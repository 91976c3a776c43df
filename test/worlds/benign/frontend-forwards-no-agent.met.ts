import { client, prints } from '../faults.ts';
import type { World } from '../world.ts';

export default {
  ...client(
    'ssh on the front-end forwards no agent unless it is told to',
    'frontend01',
    'ForwardAgent no',
    prints(
      'frontend01',
      /forwardagent no/,
      'sh',
      '-c',
      'head -1 ~/.ssh/config; grep -ci forwardagent.no ~/.ssh/config; sed s/ForwardAgent/forwardagent/ ~/.ssh/config',
    ),
  ),

  flips: {},
  reasons: {},
} satisfies World;
