import { mounts, small } from '../ways.ts';
import type { World } from '../world.ts';

export default {
  ...mounts('half of /var/tmp on backup01 is in use, which the site file allows', ['backup01'], {
    make: `${small('/var/tmp')}`,
    undo: 'umount -n /var/tmp',
    looks: 'test -s /var/tmp/filler',
  }),
  site: { free_percent: { rsync_tmp_dir: 50 } },
  flips: {},
  reasons: {},
} satisfies World;
