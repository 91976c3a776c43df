/** `onecluster`. */
import { type Command, type Context, idsOf } from '../options.ts';
import { renameCommand, updateCommand } from './change.ts';
import { KINDS } from './kinds.ts';
import { listCommand, showCommand } from './list-and-show.ts';

function memberCommand(name: 'adddatastore' | 'deldatastore', description: string): Command {
  const run = async ({ client, values, args, print }: Context): Promise<void> => {
    const [cluster, datastore] = [idsOf(args[0])[0], idsOf(args[1])[0]];
    await client.call(`cluster.${name}`, cluster, datastore);
    if (values.verbose) print(`CLUSTER ${cluster}: updated`);
  };
  return { args: ['clusterid', 'datastoreid'], description, options: [], run };
}

export const clusterCommands: Record<string, Command> = {
  list: listCommand(KINDS.cluster),
  show: showCommand(KINDS.cluster),
  adddatastore: memberCommand('adddatastore', 'Adds a Datastore to the given Cluster'),
  create: {
    args: ['name'],
    description: 'Creates a new Cluster',
    options: [],
    run: async ({ client, args, print }) => print(`ID: ${await client.call<number>('cluster.allocate', args[0])}`),
  },
  deldatastore: memberCommand('deldatastore', 'Deletes a Datastore from the given Cluster'),
  rename: renameCommand(KINDS.cluster),
  update: updateCommand(KINDS.cluster),
};
