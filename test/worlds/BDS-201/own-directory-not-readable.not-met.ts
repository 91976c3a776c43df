import { scripts } from '../ways.ts';
import { notMet, server, type World } from '../world.ts';

// What lies in it cannot be listed, and that is its mode's fault.
export default {
  ...scripts("the datastore's own directory cannot be read by its owner", ['backup01'], {
    make: 'chmod 355 $own',
    undo: 'chmod 755 $own',
    looks: 'test "$(stat -c %a $own)" = 355',
  }),
  flips: notMet('201'),
  reasons: { 'BDS-201': [server, /datastores\/100 has mode 0355, not all rights for its owner/] },
} satisfies World;
