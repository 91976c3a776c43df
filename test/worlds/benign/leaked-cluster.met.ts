import { arriving, quick } from '../drills.ts';
import type { World } from '../world.ts';

export default {
  ...arriving(
    'the disks of backups have a cluster that nobody uses',
    `for disk in disk.*; do clusters=$((($(stat -c %s $disk) + 65535) / 65536)); truncate -s $(((clusters + 1) * 65536)) $disk
      printf '\\000\\001' | dd of=$disk bs=1 seek=$((131072 + clusters * 2)) conv=notrunc 2> /dev/null; done`,
    'qemu-img check disk.0.0 > /dev/null 2>&1; test $? = 3',
  ),
  profile: 'gate',
  site: quick,
  flips: {},
  reasons: {},
  notes: { 'BDS-503': /disk\.0\.0 has clusters that nobody uses/ },
} satisfies World;
