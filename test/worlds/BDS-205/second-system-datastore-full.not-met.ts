import { mounts, secondSystemDatastore, together } from '../ways.ts';
import { kvm01, kvm02, notMet, type World } from '../world.ts';

export default {
  ...together(
    'there are two system datastores, and the second is full on kvm02',
    mounts('datastore 105 on kvm02 is full', ['kvm02'], {
      make: 'mkdir $storage/105; mount -n -t tmpfs -o size=1m,mode=755 small $storage/105; cat /dev/zero > $storage/105/filler 2> /dev/null || true',
      undo: 'umount -n $storage/105; rmdir $storage/105',
      looks: 'test "$(df --output=avail $storage/105 | tail -n 1)" -eq 0',
    }),
    secondSystemDatastore,
  ),
  flips: notMet('205'),
  machines: { 'BDS-205': { [kvm01]: 'met', [kvm02]: 'not-met' } },
  reasons: { 'BDS-205': [/kvm02/, /datastores\/105 has 0\.0 % free/] },
} satisfies World;
