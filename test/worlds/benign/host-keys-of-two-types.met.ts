import { hostKeyOn, prints } from '../faults.ts';
import type { World } from '../world.ts';

export default {
  ...hostKeyOn('rsa', 'besides', prints('backup01', /rsa/, 'cat', '/etc/ssh/sshd_config')),

  flips: {},
  reasons: {},
} satisfies World;
