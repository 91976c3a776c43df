import { mounts } from '../ways.ts';
import { kvm01, kvm02, notMet, type World } from '../world.ts';

export default {
  ...mounts('qemu-img on kvm02 is not executable', ['kvm02'], {
    make: 'touch /run/plain; chmod 644 /run/plain; mount -n --bind /run/plain /usr/bin/qemu-img',
    undo: 'umount -n /usr/bin/qemu-img; rm /run/plain',
    looks: 'test -e /usr/bin/qemu-img; ! test -x /usr/bin/qemu-img',
  }),
  flips: notMet('303'),
  machines: { 'BDS-303': { [kvm01]: 'met', [kvm02]: 'not-met' } },
  reasons: { 'BDS-303': [/kvm02/, /does not run \(exit 126\)/, /Permission denied/] },
} satisfies World;
