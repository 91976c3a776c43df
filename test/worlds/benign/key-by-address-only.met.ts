import { files, prints } from '../faults.ts';
import type { World } from '../world.ts';

export default {
  ...files(
    'kvm01 has the host key of backup01 by its address only, and takes new ones',
    { on: 'kvm01', files: ['/var/lib/one/.ssh'], script: 'sed -i s/,backup01.example.net,backup01// ~/.ssh/known_hosts' },
    prints('kvm01', /^0/, 'grep', '-c', 'backup01.example', '.ssh/known_hosts'),
  ),

  flips: {},
  reasons: {},
  notes: { 'BDS-105': /kvm01.*does not have backup01/ },
} satisfies World;
