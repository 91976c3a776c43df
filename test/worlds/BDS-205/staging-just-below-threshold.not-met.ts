import { mounts } from '../ways.ts';
import { notMet, onlyKvm01, type World } from '../world.ts';

export default {
  ...mounts('kvm01 stages on a volume two thirds of which are in use', ['kvm01'], {
    make: 'mount -n -t tmpfs -o size=6m,mode=755 small $storage/0; head -c 4M /dev/zero > $storage/0/filler',
    undo: 'umount -n $storage/0',
    looks: 'test -s $storage/0/filler',
  }),
  site: { free_percent: { staging: 33.4 } },
  flips: notMet('205'),
  machines: onlyKvm01('205'),
  reasons: { 'BDS-205': [/kvm01/, /has 33\.3 % free, expected at least 33\.4 %/] },
} satisfies World;
