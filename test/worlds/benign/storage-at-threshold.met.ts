import { scripts } from '../ways.ts';
import type { World } from '../world.ts';

export default {
  ...scripts('as much of the backup volume is free as must be', ['backup01'], {
    make: 'head -c 192M /dev/zero > $storage/filler',
    undo: 'rm $storage/filler',
    looks: 'test -s $storage/filler',
  }),
  site: { free_percent: { storage: 75 } },
  flips: {},
  reasons: {},
} satisfies World;
