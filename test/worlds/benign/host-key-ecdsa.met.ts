import { hostKeyKnown, hostKeyOn, prints, together } from '../faults.ts';
import type { World } from '../world.ts';

export default {
  ...together(
    'backup01 has a host key of type ecdsa, which all machines know',
    [
      hostKeyOn('ecdsa', 'instead', prints('backup01', /./, 'hostname')),
      ...['frontend01', 'kvm01', 'kvm02'].map((machine) => hostKeyKnown(machine, 'ecdsa', prints('backup01', /./, 'hostname'))),
    ],
    prints('kvm01', /^198\.18\.2\.1,.*ecdsa/m, 'cat', '.ssh/known_hosts'),
  ),

  flips: {},
  reasons: {},
} satisfies World;
