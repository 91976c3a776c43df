import { scripts } from '../ways.ts';
import type { World } from '../world.ts';

export default {
  ...scripts(`the datastore’s own directory is a symbolic link to one on the backup volume`, ['backup01'], {
    make: 'mv $own $storage/vault; ln -s vault $own',
    undo: 'rm $own; mv $storage/vault $own',
    looks: 'test -L $own; test -d $own/',
  }),
  flips: {},
  reasons: {},
  notes: { 'BDS-201': /symbolic link.*100 -> vault/ },
} satisfies World;
