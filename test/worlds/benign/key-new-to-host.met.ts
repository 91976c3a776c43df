import { files, prints } from '../faults.ts';
import type { World } from '../world.ts';

export default {
  ...files(
    'kvm01 does not have the host key of backup01 yet, and takes new ones',
    { on: 'kvm01', files: ['/var/lib/one/.ssh'], script: 'sed -i /backup01/d ~/.ssh/known_hosts' },
    prints('kvm01', /^0/, 'grep', '-c', 'backup01', '.ssh/known_hosts'),
  ),

  flips: {},
  reasons: {},
  notes: { 'BDS-105': /kvm01.*does not have backup01/ },
} satisfies World;
