import { mounts } from '../ways.ts';
import { notMet, server, type World } from '../world.ts';

export default {
  ...mounts('qemu-img on backup01 is not executable', ['backup01'], {
    make: 'touch /run/plain; chmod 644 /run/plain; mount -n --bind /run/plain /usr/bin/qemu-img',
    undo: 'umount -n /usr/bin/qemu-img; rm /run/plain',
    looks: 'test -e /usr/bin/qemu-img; ! test -x /usr/bin/qemu-img',
  }),
  flips: notMet('302'),
  reasons: { 'BDS-302': [server, /does not run \(exit 126\)/, /Permission denied/] },
} satisfies World;
