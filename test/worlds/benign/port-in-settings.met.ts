import { client, prints } from '../faults.ts';
import type { World } from '../world.ts';

export default {
  ...client(
    'ssh on the front-end has its own name and port for backup01',
    'frontend01',
    'Host backup01*\\n  HostName 198.18.2.1\\n  Port 22\\n  HostKeyAlias backup01',
    prints('frontend01', /hostkeyalias backup01$/m, 'ssh', '-G', 'backup01.example.net'),
  ),

  flips: {},
  reasons: {},
} satisfies World;
