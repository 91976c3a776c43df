import { scripts } from '../ways.ts';
import { notMet, server, type World } from '../world.ts';

export default {
  ...scripts('one directory of many virtual machines cannot be written', ['backup01'], {
    make: 'mkdir $own/{1..30}; chmod 500 $own/17',
    undo: 'rmdir $own/{1..30}',
    looks: 'test "$(stat -c %a $own/17)" = 500',
  }),
  flips: notMet('201'),
  reasons: { 'BDS-201': [server, /datastores\/100\/17 has mode 0500/] },
} satisfies World;
