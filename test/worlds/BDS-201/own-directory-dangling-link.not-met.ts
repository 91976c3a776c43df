import { scripts } from '../ways.ts';
import { notMet, server, type World } from '../world.ts';

export default {
  ...scripts("the datastore's own directory is a symbolic link to nothing", ['backup01'], {
    make: 'rmdir $own; ln -s /nowhere $own',
    undo: 'rm $own; mkdir -m 755 $own',
    looks: 'test -L $own; ! test -e $own',
  }),
  flips: notMet('201'),
  reasons: { 'BDS-201': [server, /datastores\/100 is (not a directory|a symbolic link to nothing)/] },
} satisfies World;
