import { mounts, small } from '../ways.ts';
import type { World } from '../world.ts';

export default {
  ...mounts('half of the system datastore of kvm01 is in use, which the site file allows', ['kvm01'], {
    make: `${small('$storage/0')}`,
    undo: 'umount -n $storage/0',
    looks: 'test -s $storage/0/filler',
  }),
  site: { free_percent: { staging: 50 } },
  flips: {},
  reasons: {},
} satisfies World;
