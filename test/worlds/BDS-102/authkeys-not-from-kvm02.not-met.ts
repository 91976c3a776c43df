import { files, overHostSays } from '../faults.ts';
import { kvm01, kvm02, notMet, type World } from '../world.ts';

export default {
  ...files(
    'authorized_keys on backup01 lets the key in from all but kvm02',
    { on: 'backup01', files: ['/var/lib/one/.ssh'], script: 'sed -i \'s/^/from="!198.19.0.2,*" /\' /var/lib/one/.ssh/authorized_keys' },
    overHostSays('kvm02', /Permission denied/),
  ),

  flips: notMet('102'),
  machines: { 'BDS-102': { [kvm01]: 'met', [kvm02]: 'not-met' } },
  reasons: { 'BDS-102': [/kvm02/, /Permission denied/] },
} satisfies World;
