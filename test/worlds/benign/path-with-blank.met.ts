import { scripts } from '../ways.ts';
import type { World } from '../world.ts';

export default {
  ...scripts(`the storage directory lies deep, and has a blank in its name`, ['backup01'], {
    make: 'mkdir -p "$storage/old vault/my backups/100"',
    undo: 'rm -r "$storage/old vault"',
    looks: 'test -d "$storage/old vault/my backups"',
  }),
  site: { datastore: { path: '/var/lib/one/datastores/old vault/my backups' } },
  flips: {},
  reasons: {},
  notes: {
    'BDS-201': /keeps datastore 100 at \/var\/lib\/one\/datastores\/100, and the site file says .*my backups/,
    'BDS-203': /mounted at \/var\/lib\/one\/datastores/,
  },
} satisfies World;
