/** `onedatastore`. */
import { readFileSync } from 'node:fs';
import { type Command, textOf } from '../options.ts';
import { OneError } from '../tree.ts';
import { eachCommand, ownerCommands, renameCommand, updateCommand } from './change.ts';
import { readStdin } from './contents.ts';
import { CLUSTER, KINDS } from './kinds.ts';
import { listCommand, showCommand } from './list-and-show.ts';

export const datastoreCommands: Record<string, Command> = {
  ...ownerCommands(KINDS.datastore),
  create: {
    args: ['file?'],
    description:
      'Creates a new Datastore from the given template\n\nA template can be passed as a file with or the content via STDIN\n' +
      'Bash symbols must be escaped on STDIN passing',
    options: [CLUSTER],
    run: async ({ client, values, args, print }) => {
      const template = typeof args[0] === 'string' ? readFileSync(args[0], 'utf8') : await readStdin();
      if (template === '' && args[0] === undefined) throw new OneError('Wrong type NilClass. Not allowed!');
      print(`ID: ${await client.call<number>('datastore.allocate', template, Number(textOf(values, 'cluster') ?? 0))}`);
    },
  },
  delete: eachCommand(KINDS.datastore, 'Deletes the given Datastore', 'deleted', (client, id) => client.call('datastore.delete', id)),
  disable: eachCommand(KINDS.datastore, 'Disables the given Datastore. Only available for System Datastores', 'disabled', (client, id) =>
    client.call('datastore.enable', id, false),
  ),
  enable: eachCommand(KINDS.datastore, 'Enables the given Datastore. Only available for System Datastores', 'enabled', (client, id) =>
    client.call('datastore.enable', id, true),
  ),
  list: listCommand(KINDS.datastore),
  rename: renameCommand(KINDS.datastore),
  show: showCommand(KINDS.datastore),
  update: updateCommand(KINDS.datastore),
};
