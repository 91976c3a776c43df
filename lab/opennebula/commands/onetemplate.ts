/** `onetemplate`. */
import type { Command } from '../options.ts';
import { eachCommand, ownerCommands, renameCommand, updateCommand } from './change.ts';
import { KINDS } from './kinds.ts';
import { listCommand, showCommand } from './list-and-show.ts';

export const templateCommands: Record<string, Command> = {
  ...ownerCommands(KINDS.template),
  delete: eachCommand(
    KINDS.template,
    'Deletes the given Template',
    'deleted',
    (client, id, values) => client.call('template.delete', id, values.recursive === true),
    [
      {
        name: 'recursive',
        short: '-R',
        long: '--recursive',
        description: 'Applies the action to the template plus any image defined in DISK',
      },
    ],
  ),
  list: listCommand(KINDS.template, ['filterflag?']),
  rename: renameCommand(KINDS.template),
  show: showCommand(KINDS.template),
  update: updateCommand(KINDS.template),
};
