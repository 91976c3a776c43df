/** `onevnet`. */
import type { Command } from '../options.ts';
import { KINDS } from './kinds.ts';
import { listCommand, showCommand } from './list-and-show.ts';

export const vnetCommands: Record<string, Command> = {
  list: listCommand(KINDS.vnet, ['filterflag?']),
  show: showCommand(KINDS.vnet),
};
