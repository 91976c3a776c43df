import { mounts } from '../ways.ts';
import { notMet, onlyKvm01, type World } from '../world.ts';

export default {
  ...mounts('rsync on kvm01 is not executable', ['kvm01'], {
    make: 'touch /run/plain; chmod 644 /run/plain; mount -n --bind /run/plain /usr/bin/rsync',
    undo: 'umount -n /usr/bin/rsync; rm /run/plain',
    looks: 'test -e /usr/bin/rsync; ! test -x /usr/bin/rsync',
  }),
  flips: notMet('303'),
  machines: onlyKvm01('303'),
  reasons: { 'BDS-303': [/kvm01/, /does not run \(exit 126\)/, /Permission denied/] },
} satisfies World;
