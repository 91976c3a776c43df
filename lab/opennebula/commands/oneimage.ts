/** `oneimage`: images, backups among them, and what is restored from these. */
import { byName, type Command, type Context, idsOf, type Option, textOf } from '../options.ts';
import { OneError } from '../tree.ts';
import { eachCommand, ownerCommands, renameCommand, saidOnStdout, updateCommand } from './change.ts';
import { DATASTORE, KINDS } from './kinds.ts';
import { LIST_OPTIONS, listCommand, showCommand } from './list-and-show.ts';

/** Restores a backup. What oned says goes to stdout, good or bad. */
async function restore({ client, values, args, print }: Context): Promise<void> {
  const datastore = textOf(values, 'datastore');
  if (datastore === undefined) throw new OneError('Datastore to restore the backup is mandatory: \n\t -d datastore_id | name');
  const options = {
    name: textOf(values, 'name'),
    increment: textOf(values, 'increment'),
    diskId: textOf(values, 'disk_id'),
    noIp: values.no_ip === true,
    noNic: values.no_nic === true,
  };
  const answer = client.call<string>('image.restore', idsOf(args[0])[0], Number(datastore), options);
  const [template, ...images] = (await answer.catch(saidOnStdout)).split(' ').filter((id) => id !== '');
  if (template !== undefined && template !== '-1') print(`VM Template: ${template}`);
  if (images.length > 0) print(`Images: ${images.join(' ')}`);
}

const BACKUPS_ONLY: Option = { name: 'backup', long: '--backup', description: 'Show only backup type images' };

export const imageCommands: Record<string, Command> = {
  ...ownerCommands(KINDS.image),
  delete: eachCommand(
    KINDS.image,
    'Deletes the given Image',
    'deleting',
    (client, id, values) => client.call('image.delete', id, values.force === true),
    [{ name: 'force', long: '--force', description: 'Ignore errors (if possible)' }],
  ),
  list: listCommand(KINDS.image, ['filterflag?'], [...LIST_OPTIONS, BACKUPS_ONLY].sort(byName)),
  rename: renameCommand(KINDS.image),
  restore: {
    args: ['imageid'],
    description:
      'Restore a backup image. It will restore the associated VM template to the VM template pool and\n' +
      'the disk images to the selected image datastore.',
    options: [
      DATASTORE,
      { name: 'disk_id', long: '--disk-id disk_id', value: 'number', description: 'Restore only selected disk ID' },
      {
        name: 'increment',
        long: '--increment increment_id',
        value: 'number',
        description: 'Use the given increment ID to restore the backup. If not provided the last one will be used',
      },
      { name: 'name', long: '--name name', value: 'text', description: 'Name of the new image' },
      { name: 'no_ip', long: '--no_ip', description: 'Do not keep NIC addresses (MAC, IP and IP6)' },
      { name: 'no_nic', long: '--no_nic', description: 'Do not keep network mappings' },
    ],
    run: restore,
  },
  show: showCommand(KINDS.image),
  update: updateCommand(KINDS.image),
};
