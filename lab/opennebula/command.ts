/** What the commands of all programs have in common: arguments, options, lists and shows, templates as input. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from './client.ts';
import { LISTS, SHOWS } from './people.ts';
import { templateText } from './template.ts';
import { OneError, OneErrorOnStdout, type Tree, text, trees } from './tree.ts';
import { renderXml } from './xml.ts';

/** The options a command was given, by name; a flag is `yes`. */
export type Given = Record<string, string | undefined>;

/** How a command was called. */
export interface Call {
  client: Client;
  given: Given;
  /** The objects it is about. */
  ids: number[];
  /** The other arguments. */
  rest: string[];
}

export interface Command {
  /** Its arguments, as OpenNebula's complaints name them: `vmid sched_id`, `range|hostid_list`, `file?` where it may be left out. */
  args?: string;
  /** For parseArgs; where `number` is set the value must be one. */
  options?: Record<string, { type: 'string' | 'boolean'; short?: string; number?: boolean }>;
  /** Does it; what it prints. */
  run: (call: Call) => Promise<string>;
}

/** The kinds of objects, as oned's methods call them, and their elements. */
export const ELEMENTS = {
  ...{ backupjob: 'BACKUPJOB', datastore: 'DATASTORE', group: 'GROUP', host: 'HOST', image: 'IMAGE' },
  ...{ template: 'VMTEMPLATE', user: 'USER', vm: 'VM' },
};
export type Kind = keyof typeof ELEMENTS;

/** The id of an object given by id or name; digits are always an id. */
async function toId(client: Client, kind: Kind, name: string): Promise<number> {
  if (/^\d+$/.test(name)) return Number(name);
  const pool = await client.call<Tree | Tree[]>(`${kind}pool.info`);
  const objects = Array.isArray(pool) ? pool : trees(pool, ELEMENTS[kind]);
  const same = objects.filter((object) => text(object, 'NAME') === name);
  if (same.length > 1) throw new OneError(`There are multiple ${ELEMENTS[kind]}s with name ${name}.`);
  if (!same[0]) throw new OneError(`${ELEMENTS[kind]} named ${name} not found.`);
  return Number(text(same[0], 'ID'));
}

/** The ids that an argument of such a format names, none if it is about no objects: `vmid`, `range|hostid_list`. */
export async function idsOf(client: Client, format: string, word = ''): Promise<number[]> {
  const [, kind, list, isOptional] = /^(?:range\|)?([a-z]+)id(_list)?(\?)?$/.exec(format) ?? [];
  if (kind === undefined || (isOptional && word === '')) return [];
  if (!list) return [await toId(client, kind as Kind, word)];
  const ids: number[] = [];
  const isRange = /^(\d+(\.\.\d+)?,)*\d+(\.\.\d+)?$/.test(word);
  for (const part of word.split(',')) {
    const [first, last] = part.split('..').map(Number);
    if (!isRange) ids.push(await toId(client, kind as Kind, part));
    else for (let id = first ?? 0; id <= (last ?? first ?? 0); id += 1) ids.push(id);
  }
  return [...new Set(ids)];
}

export const FLAG = { type: 'boolean' } as const;
export const TEXT = { type: 'string' } as const;
export const NUMBER = { type: 'string', number: true } as const;
export const DATASTORE = { datastore: { ...TEXT, short: 'd' } };
const XML = { xml: { ...FLAG, short: 'x' } };
export const APPEND = { append: { ...FLAG, short: 'a' } };

/** The id of the datastore that an option names by id or name. */
export async function datastoreOf({ client, given }: Call): Promise<number | undefined> {
  if (given.datastore === undefined) return undefined;
  return toId(client, 'datastore', given.datastore).catch(saying('', '\noption datastore: Parsing error'));
}

/** Lets an error go on, with words around what oned said. */
export const saying =
  (before: string, after = '') =>
  (error: unknown) => {
    throw error instanceof OneError ? new OneError(`${before}${error.message}${after}`) : error;
  };

/** Lets an error go on, to stdout. */
export const onStdout = (error: unknown) => {
  throw error instanceof OneError ? new OneErrorOnStdout(error.message) : error;
};

// ---------------------------------------------------------------------------------------------- every kind of object

const onlyXml = (what: string) => new OneError(`The stand-in for OpenNebula does "${what}" with -x only`);

export const list = (kind: Kind, options: Command['options'] = {}): Command => ({
  options: { ...XML, ...options },
  run: async ({ client, given }) => {
    const people = LISTS[kind];
    const extended = given.extended && given.xml ? 'extended' : '';
    const objects = await client.call<Tree[]>(`${kind}pool.info${extended}`);
    if (!given.xml) {
      if (!people) throw onlyXml(`one${kind} list`);
      return people(objects);
    }
    return renderXml(`${ELEMENTS[kind]}_POOL`, objects.length > 0 ? { [ELEMENTS[kind]]: objects } : {}, kind === 'vm' && !extended);
  },
});

export const show = (kind: Kind): Command => ({
  // Of users it is the one who asks, where none is named.
  args: kind === 'user' ? 'userid?' : `${kind}id`,
  options: XML,
  run: async ({ client, given, ids: [id = -1] }) => {
    const people = SHOWS[kind];
    const object = await client.call<Tree>(`${kind}.info`, id);
    if (given.xml) return renderXml(ELEMENTS[kind], object);
    if (!people) throw onlyXml(`one${kind} show`);
    return people(object);
  },
});

/** The list of users or groups, which oned hands out with their quotas. */
export const listPeople = (kind: 'group' | 'user'): Command => ({
  options: XML,
  run: async ({ client, given }) => {
    if (!given.xml) throw onlyXml(`one${kind} list`);
    return renderXml(`${ELEMENTS[kind]}_POOL`, await client.call<Tree>(`${kind}pool.info`));
  },
});

export const quota = (kind: 'group' | 'user'): Command => ({
  args: `range|${kind}id_list file?`,
  run: async (call) => {
    const source = await templateOf(call, () => Promise.resolve(''));
    for (const id of call.ids) await call.client.call(`${kind}.quota`, id, source);
    return '';
  },
});

/** A command that asks oned for the same with each of its objects; failures are told, the rest goes on. */
export const each = (kind: Kind, ask: (call: Call, id: number) => Promise<unknown>, options: Command['options'] = {}): Command => ({
  args: `range|${kind}id_list`,
  options,
  run: async (call) => {
    const failures: string[] = [];
    for (const id of call.ids)
      await ask(call, id).catch((error: unknown) => {
        if (!(error instanceof OneError)) throw error;
        failures.push(error.message);
      });
    if (failures.length > 0) throw new OneError(failures.join('\n'));
    return '';
  },
});

// ---------------------------------------------------------------------------------------------- templates as input

/** What was typed, or stands in a file: where the locale is plain C, Ruby reads ASCII alone. */
export function understood(words: string): string {
  const { LC_ALL, LC_CTYPE, LANG } = process.env;
  if (/[^\0-\x7f]/.test(words) && !/utf-?8/i.test(LC_ALL || LC_CTYPE || LANG || ''))
    throw new OneError('invalid byte sequence in US-ASCII');
  return words;
}

/** Like OpenNebula: input that is not there yet is no input. */
export async function readStdin(): Promise<string> {
  if (process.stdin.isTTY) return '';
  const patience = setTimeout(() => process.stdin.destroy(), 200);
  let input = '';
  try {
    for await (const chunk of process.stdin.setEncoding('utf8') as AsyncIterable<string>) {
      clearTimeout(patience);
      input += chunk;
    }
  } catch {
    // It was destroyed, or cannot be read.
  }
  clearTimeout(patience);
  return understood(input);
}

/** What is typed into an editor that has the contents to begin with. */
function edited(contents: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'one_cli-'));
  const file = join(folder, 'template');
  try {
    writeFileSync(file, contents);
    const { status } = spawnSync('sh', ['-c', `${process.env.EDITOR ?? '/usr/bin/vi'} '${file}'`], { stdio: 'inherit' });
    if (status !== 0) throw new OneErrorOnStdout('Editor not defined');
    return readFileSync(file, 'utf8');
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A template from the file, else from stdin, else from an editor, which gets `contents`. */
export async function templateOf({ rest: [file] }: Call, contents: () => Promise<string>): Promise<string> {
  if (file !== undefined) return understood(readFileSync(file, 'utf8'));
  return (await readStdin()) || understood(edited(await contents()));
}

/** A command that replaces an object's attributes, which stand below an element, or appends some. */
export const update = (kind: 'backupjob' | 'datastore' | 'template' | 'vm', element: string): Command => ({
  args: `${kind}id file?`,
  options: APPEND,
  run: async (call) => {
    const { client, given, ids } = call;
    const source = await templateOf(call, async () => {
      if (given.append) return '';
      const object = await client.call<Tree>(`${kind}.info`, ids[0]).catch(onStdout);
      return templateText(trees(object, element)[0] ?? {});
    });
    await client.call(`${kind}.update`, ids[0], source, given.append !== undefined);
    return '';
  },
});
