import { arriving, quick } from '../drills.ts';
import { notMet, server, type World } from '../world.ts';

export default {
  ...arriving('backup01 loses the end of every file', 'truncate -s 70000 disk.*', 'test "$(stat -c %s disk.0.0)" = 70000'),
  profile: 'gate',
  site: quick,
  flips: notMet('503'),
  reasons: { 'BDS-503': [server, /disk\.0\.0: qemu-img check says “/, /run the gate again/] },
} satisfies World;
