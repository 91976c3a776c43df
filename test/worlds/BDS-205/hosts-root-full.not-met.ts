import { mounts } from '../ways.ts';
import { kvm01, kvm02, notMet, type World } from '../world.ts';

// The directory of the system datastore is made with the first virtual machine; until then what is above it counts.
export default {
  ...mounts('kvm02 has no directory of the system datastore yet, and what is above it is full', ['kvm02'], {
    make: 'mount -n -t tmpfs -o size=1m,mode=755 small $storage; cat /dev/zero > $storage/filler 2> /dev/null || true',
    undo: 'umount -n $storage',
    looks: '! test -e $storage/0; test "$(df --output=avail $storage | tail -n 1)" -eq 0',
  }),
  flips: notMet('205'),
  machines: { 'BDS-205': { [kvm01]: 'met', [kvm02]: 'not-met' } },
  reasons: { 'BDS-205': [/kvm02/, /datastores has 0\.0 % free/] },
} satisfies World;
