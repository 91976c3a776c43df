import { mounts, small } from '../ways.ts';
import { notMet, onlyKvm01, type World } from '../world.ts';

export default {
  ...mounts('half of the system datastore of kvm01 is in use', ['kvm01'], {
    make: `${small('$storage/0')}`,
    undo: 'umount -n $storage/0',
    looks: 'test -s $storage/0/filler',
  }),
  site: { free_percent: { staging: 51 } },
  flips: notMet('205'),
  machines: onlyKvm01('205'),
  reasons: { 'BDS-205': [/kvm01/, /has 50\.0 % free, expected at least 51 %/] },
} satisfies World;
