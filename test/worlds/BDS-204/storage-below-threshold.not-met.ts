import { scripts } from '../ways.ts';
import { notMet, server, type World } from '../world.ts';

export default {
  ...scripts('a quarter of the backup volume is in use', ['backup01'], {
    make: 'head -c 192M /dev/zero > $storage/filler',
    undo: 'rm $storage/filler',
    looks: 'test -s $storage/filler',
  }),
  site: { free_percent: { storage: 75.1 } },
  flips: notMet('204'),
  reasons: { 'BDS-204': [server, /datastores\S* has 75\.0 % free, expected at least 75\.1 %/] },
} satisfies World;
