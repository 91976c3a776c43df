/** `onehost`. */
import { type Command, type Context, idsOf, textOf } from '../options.ts';
import { OneError, type Tree, text } from '../tree.ts';
import { eachCommand, renameCommand, updateCommand } from './change.ts';
import { CLUSTER, KINDS } from './kinds.ts';
import { listCommand, showCommand } from './list-and-show.ts';

function hostStatus(status: 'enable' | 'disable' | 'offline', description: string): Command {
  return eachCommand(KINDS.host, description, status, (client, id) => client.call('host.status', id, status));
}

async function forceUpdate({ client, args, print }: Context): Promise<void> {
  if (process.getuid?.() === 0) throw new OneError("Cannot run 'onehost forceupdate' as root");
  const wanted = args[0] === undefined ? undefined : idsOf(args[0]);
  const failed: string[] = [];
  for (const host of await client.call<Tree[]>('hostpool.info')) {
    const id = Number(text(host, 'ID'));
    if ((wanted && !wanted.includes(id)) || text(host, 'STATE') === '8') continue;
    await client.call('host.forceupdate', id).catch(() => failed.push(`* ${text(host, 'NAME')}`));
  }
  if (failed.length > 0) throw new OneError(['Failed to update the following hosts:', ...failed].join('\n'));
  print('All hosts updated successfully.');
}

export const hostCommands: Record<string, Command> = {
  create: {
    args: ['hostname', 'file?'],
    description: 'Creates a new Host',
    options: [
      CLUSTER,
      { name: 'im', short: '-i', long: '--im im_mad', value: 'text', description: 'Set the information driver for the host' },
      { name: 'vm', short: '-v', long: '--vm vmm_mad', value: 'text', description: 'Set the virtualization driver for the host' },
    ],
    run: async ({ client, values, args, print }) => {
      const [im, vm] = [textOf(values, 'im'), textOf(values, 'vm')];
      if (im === undefined || vm === undefined) {
        throw new OneError('Drivers are mandatory to create a host:\n\t -i information driver\n\t -v hypervisor driver');
      }
      print(`ID: ${await client.call<number>('host.allocate', args[0], im, vm, Number(textOf(values, 'cluster') ?? 0))}`);
    },
  },
  delete: eachCommand(KINDS.host, 'Deletes the given Host', 'deleted', (client, id) => client.call('host.delete', id)),
  disable: hostStatus(
    'disable',
    'Disables the given host:\n  - monitor: enabled\n  - scheduler deployment: disabled\n  - manual deployment: enabled',
  ),
  enable: hostStatus('enable', 'Enables the given host, fully operational'),
  forceupdate: {
    args: ['range|hostid_list?'],
    description:
      'Forces host monitoring update\nExamples:\n    onehost forceupdate host01\n    onehost forceupdate host01,host02,host03\n' +
      '    onehost forceupdate -c myCluster',
    options: [CLUSTER],
    run: forceUpdate,
  },
  list: listCommand(KINDS.host),
  offline: hostStatus(
    'offline',
    'Sets the host offline:\n  - monitor: disabled\n  - scheduler deployment: disabled\n  - manual deployment: disabled',
  ),
  rename: renameCommand(KINDS.host),
  show: showCommand(KINDS.host),
  update: updateCommand(KINDS.host),
};
