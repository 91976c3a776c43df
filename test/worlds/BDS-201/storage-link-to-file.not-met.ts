import { scripts } from '../ways.ts';
import { notMet, server, type World } from '../world.ts';

export default {
  ...scripts('the storage directory that the site file names is a symbolic link to a file', ['backup01'], {
    make: 'touch $storage/file; ln -s file $storage/backups',
    undo: 'rm $storage/file $storage/backups',
    looks: 'test -L $storage/backups; test -f $storage/backups',
  }),
  site: { datastore: { path: '/var/lib/one/datastores/backups' } },
  flips: notMet('201'),
  reasons: { 'BDS-201': [server, /datastores\/backups is not a directory/] },
} satisfies World;
