import { scripts } from '../ways.ts';
import { notMet, server, type World } from '../world.ts';

export default {
  ...scripts("everybody may write to the datastore's own directory", ['backup01'], {
    make: 'chmod 757 $own',
    undo: 'chmod 755 $own',
    looks: 'test "$(stat -c %a $own)" = 757',
  }),
  flips: notMet('201'),
  reasons: { 'BDS-201': [server, /datastores\/100 has mode 0757, writable for others/] },
} satisfies World;
