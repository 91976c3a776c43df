import { scripts } from '../ways.ts';
import type { World } from '../world.ts';

export default {
  ...scripts('500 of the 4096 inodes of the backup volume are in use, which the site file allows', ['backup01'], {
    make: 'mkdir $storage/filler; cd $storage/filler; seq 500 | xargs touch',
    undo: 'rm -r $storage/filler',
    looks: 'test -e $storage/filler/500',
  }),
  site: { free_percent: { storage_inodes: 87 } },
  flips: {},
  reasons: {},
} satisfies World;
