import { mounts } from '../ways.ts';
import { notMet, server, type World } from '../world.ts';

export default {
  ...mounts('the storage directory belongs to root', ['backup01'], {
    make: 'mkdir $storage/vault; mount -n --bind /srv $storage/vault',
    undo: 'umount -n $storage/vault; rmdir $storage/vault',
    looks: 'test "$(stat -c %U $storage/vault)" = root',
  }),
  site: { datastore: { path: '/var/lib/one/datastores/vault' } },
  flips: { ...notMet('201'), ...notMet('405') },
  reasons: { 'BDS-201': [server, /vault belongs to root:root/, /chown oneadmin:oneadmin/], 'BDS-405': [/TOTAL_MB/] },
} satisfies World;
