import { mounts } from '../ways.ts';
import { kvm01, kvm02, notMet, type World } from '../world.ts';

export default {
  ...mounts('the system datastore of both hypervisors is full', ['kvm01', 'kvm02'], {
    make: 'mount -n -t tmpfs -o size=1m,mode=755 small $storage/0; cat /dev/zero > $storage/0/filler 2> /dev/null || true',
    undo: 'umount -n $storage/0',
    looks: 'test "$(df --output=avail $storage/0 | tail -n 1)" -eq 0',
  }),
  flips: notMet('205'),
  machines: { 'BDS-205': { [kvm01]: 'not-met', [kvm02]: 'not-met' } },
  reasons: { 'BDS-205': [/kvm01.*kvm02/s, /0\.0 % free/] },
} satisfies World;
