import { scripts } from '../ways.ts';
import type { World } from '../world.ts';

export default {
  ...scripts(`files and the directories of other datastores lie beside the datastore’s own`, ['backup01'], {
    make: 'mkdir -m 777 $storage/101 $storage/102; touch $storage/README $own/.note; mkdir -m 700 $own/.snapshot $own/@eaDir',
    undo: 'rm -r $storage/101 $storage/102 $storage/README $own/.note $own/.snapshot $own/@eaDir',
    looks: 'test -e $storage/README',
  }),
  flips: {},
  reasons: {},
} satisfies World;
