import { scripts } from '../ways.ts';
import { notMet, server, type World } from '../world.ts';

export default {
  ...scripts('the storage directory that the site file names lies on the root file system', ['backup01'], {
    make: 'mkdir -p ~/backups/100',
    undo: 'rm -r ~/backups',
    looks: 'test -d ~/backups/100',
  }),
  site: { datastore: { path: '/var/lib/one/backups' } },
  flips: notMet('203'),
  reasons: { 'BDS-203': [server, /root file system/, /one\/backups/] },
} satisfies World;
