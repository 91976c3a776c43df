import { client, prints } from '../faults.ts';
import type { World } from '../world.ts';

export default {
  ...client(
    'ssh on the front-end is told to log in to backup01 without the agent, which hypervisors are lent all the same',
    'frontend01',
    'Host backup01*\\n  IdentityAgent none',
    prints('frontend01', /^identityagent none$/m, 'ssh', '-G', 'backup01.example.net'),
  ),
  flips: {},
  reasons: {},
} satisfies World;
