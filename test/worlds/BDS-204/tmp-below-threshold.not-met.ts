import { mounts, small } from '../ways.ts';
import { notMet, server, type World } from '../world.ts';

export default {
  ...mounts('half of /var/tmp on backup01 is in use', ['backup01'], {
    make: `${small('/var/tmp')}`,
    undo: 'umount -n /var/tmp',
    looks: 'test -s /var/tmp/filler',
  }),
  site: { free_percent: { rsync_tmp_dir: 51 } },
  flips: notMet('204'),
  reasons: { 'BDS-204': [server, /\/var\/tmp has 50\.0 % free, expected at least 51 %/] },
} satisfies World;
