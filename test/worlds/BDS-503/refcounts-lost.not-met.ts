import { arriving, quick } from '../drills.ts';
import { notMet, server, type World } from '../world.ts';

export default {
  ...arriving(
    'backup01 zeroes a part of every disk',
    'for disk in disk.*; do dd if=/dev/zero of=$disk bs=65536 seek=2 count=1 conv=notrunc 2> /dev/null; done',
    'qemu-img check disk.0.0 2>&1 | grep -q "ERROR cluster"',
  ),
  profile: 'gate',
  site: quick,
  flips: notMet('503'),
  reasons: { 'BDS-503': [server, /disk\.0\.0: qemu-img check says “.*(ERROR|errors)/] },
} satisfies World;
