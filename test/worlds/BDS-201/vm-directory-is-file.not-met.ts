import { scripts } from '../ways.ts';
import { notMet, server, type World } from '../world.ts';

export default {
  ...scripts('the directory of virtual machine 0 is a file', ['backup01'], {
    make: 'touch $own/0',
    undo: 'rm $own/0',
    looks: 'test -f $own/0',
  }),
  flips: notMet('201'),
  reasons: { 'BDS-201': [server, /datastores\/100\/0 is not a directory/] },
} satisfies World;
