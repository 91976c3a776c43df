import { scripts } from '../ways.ts';
import { notMet, server, type World } from '../world.ts';

export default {
  ...scripts('the directories of seven virtual machines can be written by everybody', ['backup01'], {
    make: 'mkdir -m 777 $own/{1..7}',
    undo: 'rmdir $own/{1..7}',
    looks: 'test "$(stat -c %a $own/7)" = 777',
  }),
  flips: notMet('201'),
  reasons: { 'BDS-201': [server, /datastores\/100\/\d has mode 0777/, /and 2 more/] },
} satisfies World;
