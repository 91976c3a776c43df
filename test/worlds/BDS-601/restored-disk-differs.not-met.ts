import { intercepted, quick } from '../drills.ts';
import { notMet, type World } from '../world.ts';

export default {
  ...intercepted('backup01 hands disks out with other data in them', {
    of: ['cat', 'backup01'],
    when: '/*disk.0.*',
    act: '{ head -c 2097152; tr Z z; } < "$1"; exit',
    tried: 'head -c 3M /dev/zero | tr "\\0" Z > /tmp/disk.0.0; cat /tmp/disk.0.0 | cmp - /tmp/disk.0.0; rm /tmp/disk.0.0',
    looks: /differ/,
  }),
  profile: 'gate',
  site: quick,
  flips: notMet('601'),
  reasons: { 'BDS-601': [/disk 0 differs: Content mismatch at offset \d+/, /Do not rely on the backups of this datastore/] },
} satisfies World;
