import { scripts } from '../ways.ts';
import type { World } from '../world.ts';

export default {
  ...scripts(`the directory of a virtual machine is a symbolic link to one on the backup volume`, ['backup01'], {
    make: 'mkdir $storage/large; ln -s ../large $own/0',
    undo: 'rm $own/0; rmdir $storage/large',
    looks: 'test -L $own/0',
  }),
  flips: {},
  reasons: {},
} satisfies World;
