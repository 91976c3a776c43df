import { backupDatastore } from '../../../lab/worlds/tools.ts';
import { knowing, mounts, together } from '../ways.ts';
import { notMet, server, type World } from '../world.ts';

export default {
  ...together(
    'RSYNC_TMP_DIR is declared, and lies on a volume that is full',
    mounts('/media on backup01 is full', ['backup01'], {
      make: 'mkdir /media; mount -n -t tmpfs -o size=1m,mode=1777 small /media; cat /dev/zero > /media/filler 2> /dev/null || true',
      undo: 'umount -n /media; rmdir /media',
      looks: 'test "$(df --output=avail /media | tail -n 1)" -eq 0',
    }),
    knowing(
      'RSYNC_TMP_DIR is /media',
      (cloud) => Object.assign(backupDatastore(cloud).TEMPLATE as object, { RSYNC_TMP_DIR: '/media' }),
      async (lab) => (await lab.shell('frontend01', ['onedatastore', 'show', '-x', '100'])).stdout.includes('/media'),
    ),
  ),
  site: { datastore: { template: { RSYNC_TMP_DIR: '/media' } } },
  flips: notMet('204'),
  reasons: { 'BDS-204': [server, /\/media has 0\.0 % free/] },
} satisfies World;
