import { scripts } from '../ways.ts';
import { notMet, server, type World } from '../world.ts';

export default {
  ...scripts("the datastore's own directory is a symbolic link to one on the root file system", ['backup01'], {
    make: 'rmdir $own; mkdir ~/backups; ln -s ~/backups $own',
    undo: 'rm $own; rmdir ~/backups; mkdir -m 755 $own',
    looks: 'test "$(stat -L -c %d $own)" = "$(stat -c %d /)"',
  }),
  flips: notMet('203'),
  reasons: { 'BDS-203': [server, /root file system/, /datastores\/100/] },
} satisfies World;
