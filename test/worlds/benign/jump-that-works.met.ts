import { client, prints } from '../faults.ts';
import type { World } from '../world.ts';

export default {
  ...client(
    'ssh on kvm01 goes to backup01 by way of kvm02',
    'kvm01',
    'Host backup01*\\n  ProxyJump kvm02.example.net',
    prints('kvm01', /proxyjump kvm02/, 'ssh', '-G', 'backup01.example.net'),
  ),

  flips: {},
  reasons: {},
} satisfies World;
