import { quick } from '../drills.ts';
import { scripts } from '../ways.ts';
import type { World } from '../world.ts';

export default {
  ...scripts('backups and files of others lie where the gate works', ['backup01'], {
    make: 'mkdir -p $own/0/abcdef $own/7/aaaaaa $own/stray/empty; date | tee $own/0/note $own/0/abcdef/disk.0.0 $own/7/aaaaaa/disk.0.0 $own/stray/file > /dev/null',
    undo: 'rm -r $own/0 $own/7 $own/stray',
    looks: 'test -e $own/0/abcdef/disk.0.0 -a -e $own/stray/file',
  }),
  profile: 'gate',
  site: quick,
  flips: {},
  reasons: {},
} satisfies World;
