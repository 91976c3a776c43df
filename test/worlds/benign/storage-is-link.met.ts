import { asBefore, aside, mounts } from '../ways.ts';
import type { World } from '../world.ts';

export default {
  ...mounts(`the storage directory is a symbolic link to one on the backup volume`, ['backup01'], {
    make: `${aside}rmdir $storage; ln -s /mnt $storage`,
    undo: `rm $storage${asBefore}`,
    looks: 'test -L $storage; test -d $storage/',
  }),
  flips: {},
  reasons: {},
  notes: { 'BDS-201': /symbolic link.*\/mnt/ },
} satisfies World;
