import { asBefore, aside, mounts } from '../ways.ts';
import { blocked, notMet, server, type World } from '../world.ts';

// A link to nothing lies on no device, so 203 is blocked by 201.
export default {
  ...mounts('the storage directory is a symbolic link to nothing', ['backup01'], {
    make: `${aside}rmdir $storage; ln -s /nowhere $storage`,
    undo: `rm $storage${asBefore}`,
    looks: 'test -L $storage; ! test -e $storage',
  }),
  flips: { ...notMet('201'), ...blocked('203') },
  reasons: { 'BDS-201': [server, /datastores is not a directory|datastores is a symbolic link to nothing/] },
} satisfies World;
