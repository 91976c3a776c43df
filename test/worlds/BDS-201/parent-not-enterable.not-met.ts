import { scripts } from '../ways.ts';
import { blocked, notMet, server, type World } from '../world.ts';

// What cannot be reached lies on no device that could be told, so 203 is blocked by 201.
export default {
  ...scripts('a directory above the storage directory cannot be entered', ['backup01'], {
    make: 'mkdir -p $storage/vault/backups; chmod 600 $storage/vault',
    undo: 'chmod 700 $storage/vault; rm -r $storage/vault',
    looks: 'test "$(stat -c %a $storage/vault)" = 600',
  }),
  site: { datastore: { path: '/var/lib/one/datastores/vault/backups' } },
  flips: { ...notMet('201'), ...blocked('203') },
  reasons: { 'BDS-201': [server, /Permission denied/, /enter the directories above/] },
} satisfies World;
