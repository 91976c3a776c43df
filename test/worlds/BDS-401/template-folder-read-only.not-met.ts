import { scripts } from '../ways.ts';
import { notMet, type World } from '../world.ts';

export default {
  ...scripts('the directory that the template is to be written to is read-only', ['frontend01'], {
    make: 'mkdir -m 555 ~/datastore-templates',
    undo: 'rmdir ~/datastore-templates',
    looks: 'test -d ~/datastore-templates -a ! -w ~/datastore-templates',
  }),
  profile: 'setup',
  site: { datastore: { template_file: '~/datastore-templates/ds.txt' } },
  flips: notMet('401'),
  reasons: { 'BDS-401': [/refused: “.*datastore-templates\/ds\.txt.*Permission denied”/, /run setup again/] },
} satisfies World;
