import { arriving, quick } from '../drills.ts';
import { notMet, server, undetermined, type World } from '../world.ts';

export default {
  ...arriving('backup01 keeps the names of files, and nothing in them', 'truncate -s 0 disk.*', 'test -e disk.0.0 -a ! -s disk.0.0'),
  profile: 'gate',
  site: quick,
  flips: { ...notMet('503'), ...undetermined('601') },
  reasons: { 'BDS-503': [server, /disk\.0\.0 is empty/], 'BDS-601': [/not compared/] },
} satisfies World;
