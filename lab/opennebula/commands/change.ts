/** What the commands share that change objects: one after the other, their names, owners, permissions and templates. */
import type { Client } from '../client.ts';
import { templateText } from '../format.ts';
import { type Command, type Context, idsOf, type Option, type Values } from '../options.ts';
import { OneError, OneErrorOnStdout, type Tree } from '../tree.ts';
import { APPEND, newContents } from './contents.ts';
import type { Kind } from './kinds.ts';

type Call = (client: Client, id: number, values: Values) => Promise<unknown>;

/** Calls a method for each id; failures are told apart, the rest goes on. */
export function forEach(kind: Kind, done: string, call: Call): Command['run'] {
  return async ({ client, values, args, print }) => {
    const failures: string[] = [];
    for (const id of idsOf(args[0])) {
      try {
        await call(client, id, values);
        if (values.verbose) print(`${kind.element} ${id}: ${done}`);
      } catch (error) {
        if (!(error instanceof OneError)) throw error;
        failures.push(error.message);
      }
    }
    if (failures.length > 0) throw new OneError(failures.join('\n'));
  };
}

/** A command that calls a method for each id it is given. */
export function eachCommand(kind: Kind, description: string, done: string, call: Call, options: Option[] = []): Command {
  return { args: [`range|${kind.method}id_list`], description, options, run: forEach(kind, done, call) };
}

/** Lets an error go on, with words before what oned said. */
export const saying =
  (words: string) =>
  (error: unknown): never => {
    throw error instanceof OneError ? new OneError(`${words}${error.message}`) : error;
  };

/** Lets an error go on, to stdout. */
export function saidOnStdout(error: unknown): never {
  throw error instanceof OneError ? new OneErrorOnStdout(error.message) : error;
}

export function updateCommand(kind: Kind, element = 'TEMPLATE'): Command {
  const [what, editor] =
    element === 'TEMPLATE'
      ? ['template contents', 'If a path is not provided the editor will\nbe launched to modify the current content.']
      : ['user template contents', 'If a path is not provided the\neditor will be launched to modify the current content.'];
  const run = async (context: Context): Promise<void> => {
    const { client, values, args, print } = context;
    const id = idsOf(args[0])[0];
    const contents = await newContents(context, async () =>
      templateText(await client.call<Tree>(`${kind.method}.info`, id).catch(saidOnStdout), element),
    );
    await client.call(`${kind.method}.update`, id, contents, values.append === true);
    if (values.verbose) print(`${kind.element} ${id}: modified`);
  };
  return { args: [`${kind.method}id`, 'file?'], description: `Update the ${what}. ${editor}`, options: [APPEND], run };
}

export function renameCommand(kind: Kind): Command {
  const run = async ({ client, values, args, print }: Context): Promise<void> => {
    const id = idsOf(args[0])[0];
    await client.call(`${kind.method}.rename`, id, args[1]);
    if (values.verbose) print(`${kind.element} ${id}: renamed`);
  };
  return { args: [`${kind.method}id`, 'name'], description: `Renames the ${kind.what}`, options: [], run };
}

/** `640` for both `640` and `u=rw,g=r`. */
function toOctet(permissions: string): string {
  if (/^(0[0-7]+|[1-9]\d*|0)$/.test(permissions)) return permissions;
  const bits = (letters: string) => (letters.includes('r') ? 4 : 0) + (letters.includes('w') ? 2 : 0) + (letters.includes('x') ? 1 : 0);
  const parts = permissions.split(',').map((part) => part.split('='));
  const sum = parts.reduce((total, [who, letters = '']) => total + bits(letters) * (who === 'u' ? 100 : who === 'g' ? 10 : 1), 0);
  if (sum === 0) throw new OneError('Error in permissions format');
  return String(sum).padStart(3, '0');
}

function chgrpCommand(kind: Kind): Command {
  const run = async (context: Context): Promise<void> => {
    const group = idsOf(context.args[1])[0];
    await forEach(kind, 'Group changed', (client, id) => client.call(`${kind.method}.chown`, id, -1, group))(context);
  };
  return { args: [`range|${kind.method}id_list`, 'groupid'], description: `Changes the ${kind.what} group`, options: [], run };
}

function chownCommand(kind: Kind): Command {
  const run = async (context: Context): Promise<void> => {
    const [user, group = -1] = [idsOf(context.args[1])[0], idsOf(context.args[2])[0]];
    await forEach(kind, 'Owner/Group changed', (client, id) => client.call(`${kind.method}.chown`, id, user, group))(context);
  };
  return {
    args: [`range|${kind.method}id_list`, 'userid', 'groupid?'],
    description: `Changes the ${kind.what} owner and group`,
    options: [],
    run,
  };
}

function chmodCommand(kind: Kind): Command {
  const run = async (context: Context): Promise<void> => {
    const octet = toOctet(String(context.args[1]));
    await forEach(kind, 'Permissions changed', (client, id) => client.call(`${kind.method}.chmod`, id, octet))(context);
  };
  return { args: [`range|${kind.method}id_list`, 'octet'], description: `Changes the ${kind.what} permissions`, options: [], run };
}

/** The commands that change whose something is, and who may use it. */
export const ownerCommands = (kind: Kind): Record<string, Command> => ({
  chgrp: chgrpCommand(kind),
  chmod: chmodCommand(kind),
  chown: chownCommand(kind),
});
