import { quick } from '../drills.ts';
import { mounts } from '../ways.ts';
import { undetermined, type World } from '../world.ts';

export default {
  ...mounts('the directory to compare in has room for 8 MiB', ['frontend01'], {
    make: 'mkdir /run/small; mount -n -t tmpfs -o size=8m,mode=1777 small /run/small',
    undo: 'umount -n /run/small; rmdir /run/small',
    looks: 'mountpoint --quiet /run/small',
  }),
  profile: 'gate',
  site: { ...quick, restore: { tmp_dir: '/run/small' } },
  flips: undetermined('601'),
  reasons: { 'BDS-601': [/\/run\/small on frontend01\.example\.net has \d+ MiB free, and 4\d MiB are needed/, /restore\.tmp_dir/] },
} satisfies World;
