import { files, overHostSays } from '../faults.ts';
import { notMet, type World } from '../world.ts';

export default {
  ...files(
    'authorized_keys on backup01 lets the key in from the front-end only',
    { on: 'backup01', files: ['/var/lib/one/.ssh'], script: 'sed -i \'s/^/from="198.18.1.1" /\' /var/lib/one/.ssh/authorized_keys' },
    overHostSays('kvm01', /Permission denied/),
  ),

  flips: notMet('102'),
  reasons: { 'BDS-102': [/kvm01.*kvm02/s, /Permission denied/] },
} satisfies World;
