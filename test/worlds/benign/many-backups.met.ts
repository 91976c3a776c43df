import { scripts } from '../ways.ts';
import type { World } from '../world.ts';

export default {
  ...scripts(`a hundred virtual machines have backups`, ['backup01'], {
    make: 'mkdir -p $own/{1..100}/{1a2b3c,4d5e6f}; touch $own/{1..100}/1a2b3c/{disk.0.0,vm.xml}',
    undo: 'rm -r $own/{1..100}',
    looks: 'test -e $own/100/1a2b3c/vm.xml',
  }),
  flips: {},
  reasons: {},
} satisfies World;
