import { scripts } from '../ways.ts';
import type { World } from '../world.ts';

export default {
  ...scripts(`OpenNebula has not made the datastore’s own directory yet`, ['backup01'], {
    make: 'rmdir $own',
    undo: 'mkdir -m 755 $own',
    looks: '! test -e $own',
  }),
  flips: {},
  reasons: {},
} satisfies World;
