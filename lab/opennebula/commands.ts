/** The programs `onedatastore`, `onehost`, `onevm`, …: the commands each has here. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from './client.ts';
import { now, rubyTime } from './format.ts';
import { LISTS, SHOWS } from './people.ts';
import { sync } from './remotes.ts';
import { templateText } from './template.ts';
import { OneError, OneErrorOnStdout, type Tree, text, trees } from './tree.ts';
import { renderXml } from './xml.ts';

/** The options a command was given, by name; a flag is `yes`. */
export type Given = Record<string, string | undefined>;

/** How a command was called. */
interface Call {
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
const ELEMENTS = { backupjob: 'BACKUPJOB', datastore: 'DATASTORE', host: 'HOST', image: 'IMAGE', template: 'VMTEMPLATE', vm: 'VM' };
type Kind = keyof typeof ELEMENTS;

/** The id of an object given by id or name; digits are always an id. */
async function toId(client: Client, kind: Kind, name: string): Promise<number> {
  if (/^\d+$/.test(name)) return Number(name);
  const same = (await client.call<Tree[]>(`${kind}pool.info`)).filter((object) => text(object, 'NAME') === name);
  if (same.length > 1) throw new OneError(`There are multiple ${ELEMENTS[kind]}s with name ${name}.`);
  if (!same[0]) throw new OneError(`${ELEMENTS[kind]} named ${name} not found.`);
  return Number(text(same[0], 'ID'));
}

/** The ids that an argument of such a format names, none if it is about no objects: `vmid`, `range|hostid_list`. */
export async function idsOf(client: Client, format: string, word = ''): Promise<number[]> {
  const [, kind, list] = /^(?:range\|)?([a-z]+)id(_list)?$/.exec(format) ?? [];
  if (kind === undefined) return [];
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

const FLAG = { type: 'boolean' } as const;
const TEXT = { type: 'string' } as const;
const NUMBER = { type: 'string', number: true } as const;
const DATASTORE = { datastore: { ...TEXT, short: 'd' } };
const XML = { xml: { ...FLAG, short: 'x' } };
const APPEND = { append: { ...FLAG, short: 'a' } };

/** The id of the datastore that an option names by id or name. */
async function datastoreOf({ client, given }: Call): Promise<number | undefined> {
  if (given.datastore === undefined) return undefined;
  return toId(client, 'datastore', given.datastore).catch(saying('', '\noption datastore: Parsing error'));
}

/** Lets an error go on, with words around what oned said. */
const saying =
  (before: string, after = '') =>
  (error: unknown) => {
    throw error instanceof OneError ? new OneError(`${before}${error.message}${after}`) : error;
  };

/** Lets an error go on, to stdout. */
const onStdout = (error: unknown) => {
  throw error instanceof OneError ? new OneErrorOnStdout(error.message) : error;
};

// ---------------------------------------------------------------------------------------------- every kind of object

const onlyXml = (what: string) => new OneError(`The stand-in for OpenNebula does "${what}" with -x only`);

const list = (kind: Kind, options: Command['options'] = {}): Command => ({
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

const show = (kind: Kind): Command => ({
  args: `${kind}id`,
  options: XML,
  run: async ({ client, given, ids }) => {
    const people = SHOWS[kind];
    const object = await client.call<Tree>(`${kind}.info`, ids[0]);
    if (given.xml) return renderXml(ELEMENTS[kind], object);
    if (!people) throw onlyXml(`one${kind} show`);
    return people(object);
  },
});

/** A command that asks oned for the same with each of its objects; failures are told, the rest goes on. */
const each = (kind: Kind, ask: (call: Call, id: number) => Promise<unknown>, options: Command['options'] = {}): Command => ({
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
async function readStdin(): Promise<string> {
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
async function templateOf({ rest: [file] }: Call, contents: () => Promise<string>): Promise<string> {
  if (file !== undefined) return understood(readFileSync(file, 'utf8'));
  return (await readStdin()) || understood(edited(await contents()));
}

async function createDatastore({ client, rest: [file] }: Call): Promise<string> {
  const template = file === undefined ? await readStdin() : understood(readFileSync(file, 'utf8'));
  if (template === '' && file === undefined) throw new OneError('Wrong type NilClass. Not allowed!');
  return `ID: ${await client.call<number>('datastore.allocate', template)}`;
}

/** A command that replaces an object's attributes, which stand below an element, or appends some. */
const update = (kind: 'datastore' | 'vm', element: string): Command => ({
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

async function updateConf(call: Call): Promise<string> {
  const { client, given, ids } = call;
  // The editor has the configuration there is, even for what is appended.
  const source = await templateOf(call, async () => {
    const vm = await client.call<Tree>('vm.info', ids[0]).catch(saying('ERROR: '));
    return templateText({ BACKUP_CONFIG: trees(vm, 'BACKUPS/BACKUP_CONFIG') });
  });
  await client.call('vm.updateconf', ids[0], source, given.append !== undefined);
  return '';
}

async function createHost({ client, given, rest: [name] }: Call): Promise<string> {
  if (given.im === undefined || given.vm === undefined)
    throw new OneError('Drivers are mandatory to create a host:\n\t -i information driver\n\t -v hypervisor driver');
  return `ID: ${await client.call<number>('host.allocate', name, given.im, given.vm)}`;
}

/** Restores a backup. What oned says goes to stdout, good or bad. */
async function restore(call: Call): Promise<string> {
  const { client, given, ids } = call;
  const datastore = await datastoreOf(call);
  if (datastore === undefined) throw new OneError('Datastore to restore the backup is mandatory: \n\t -d datastore_id | name');
  const { name, increment, 'disk-id': diskId } = given;
  const options = { name, increment, diskId, noIp: given.no_ip !== undefined, noNic: given.no_nic !== undefined };
  const answer = await client.call<string>('image.restore', ids[0], datastore, options).catch(onStdout);
  const [template = '-1', ...images] = answer.split(' ').filter((id) => id !== '');
  return [...(template === '-1' ? [] : [`VM Template: ${template}`]), ...(images.length > 0 ? [`Images: ${images.join(' ')}`] : [])].join(
    '\n',
  );
}

// ---------------------------------------------------------------------------------------------- now, or scheduled

/** How an action can repeat, by the numbers of REPEAT. */
const REPEATS = ['weekly', 'monthly', 'yearly', 'hourly'];
const SCHEDULE = { schedule: TEXT, end: TEXT, weekly: TEXT, monthly: TEXT, yearly: TEXT, hourly: NUMBER };

/** The epoch of a time such as `2026-11-23 14:15`, `2026-11-23`, `09/23 14:15`, which is in this year, or `14:15`, which is today. */
function timeOf(value: string): number {
  const today = new Date(Date.now());
  if (/^\d{1,2}:\d{2}(:\d{2})?$/.test(value)) return Math.floor(Date.parse(`${today.toDateString()} ${value}`) / 1000);
  const thisYear = /^\d{1,2}\/\d{1,2}( |$)/.test(value) ? `${today.getFullYear()}/` : '';
  // A day alone begins where we are, not in Greenwich.
  const midnight = /^\d{4}-\d{2}-\d{2}$/.test(value) ? ' 00:00' : '';
  return Math.floor(Date.parse(`${thisYear}${value}${midnight}`) / 1000);
}

/** When repeating ends: after so many times, on a day, or never. */
function endOf(end: string | undefined, repeats: boolean): string[] {
  if (end === undefined) return repeats ? ['END_TYPE = "0"'] : [];
  if (/^\d+$/.test(end)) return ['END_TYPE = "1"', `END_VALUE = "${end}"`];
  const day = Math.floor(new Date(timeOf(end) * 1000).setHours(0, 0, 0, 0) / 1000);
  return Number.isNaN(day) ? [] : ['END_TYPE = "2"', `END_VALUE = "${day}"`];
}

/** Schedules an action, once or again and again; at `now`, at a time, or `+N` seconds from the start of the virtual machine. */
async function schedule({ client, given, ids }: Call, at: string, action: string, args?: string): Promise<string> {
  const time = at.startsWith('+') && /^\+\d+$/.test(at) ? at : String(at === 'now' ? now() : timeOf(at));
  if (time === 'NaN') throw new OneError(`Error parsing time spec: ${at}`);
  const repeat = REPEATS.findIndex((name) => given[name] !== undefined);
  const days = given[REPEATS[repeat] ?? ''];
  const parts = [
    `ACTION = "${action}"`,
    ...(args === undefined ? [] : [`ARGS = "${args}"`]),
    `TIME = "${time}"`,
    ...(days === undefined ? [] : [`REPEAT = "${repeat}"`, `DAYS = "${days}"`]),
    ...endOf(given.end, days !== undefined),
  ];
  const said: string[] = [];
  for (const id of ids) {
    await client.call('vm.schedadd', id, `SCHED_ACTION = [${parts.join(', ')}]`);
    said.push(`VM ${id}: ${action} scheduled ${time.startsWith('+') ? `after ${time}s from start` : `at ${rubyTime(Number(time))}`}`);
  }
  return said.join('\n');
}

async function backUp(call: Call): Promise<string> {
  const { client, given, ids } = call;
  const datastore = (await datastoreOf(call)) ?? -1;
  if (given.schedule !== undefined) return schedule(call, given.schedule, 'backup', `${datastore},${given.reset ? 1 : 0}`);
  await client.call('vm.backup', ids[0], datastore, given.reset !== undefined).catch(saying('Error creating VM backup: '));
  return '';
}

/** An action of oned's; with `--hard` the one that does not ask the guest. */
function action(name: string, hard: Command['options'] = {}): Command {
  const named = (given: Given) => (given.hard ? `${name}-hard` : name);
  const atOnce = each('vm', ({ client, given }, id) => client.call('vm.action', named(given), id), { ...SCHEDULE, ...hard });
  const run = (call: Call) =>
    call.given.schedule === undefined ? atOnce.run(call) : schedule(call, call.given.schedule, named(call.given));
  return { ...atOnce, run };
}
const HARD = { hard: FLAG };

/** How much a lock keeps anybody from: by default everything. */
const LOCKS = ['use', 'manage', 'admin'];
const lockLevel = (given: Given) =>
  Math.max(
    0,
    LOCKS.findIndex((name) => given[name]),
  ) + 1;

const status = (wanted: string) => each('host', ({ client }, id) => client.call('host.status', id, wanted));
const enable = (wanted: boolean) => each('datastore', ({ client }, id) => client.call('datastore.enable', id, wanted));

/** Every program by the name it is called by. */
export const PROGRAMS: Record<string, Record<string, Command>> = {
  onebackupjob: { list: list('backupjob'), show: show('backupjob') },
  onedatastore: {
    list: list('datastore'),
    show: show('datastore'),
    create: { args: 'file?', run: createDatastore },
    rename: {
      args: 'datastoreid name',
      run: async ({ client, ids, rest: [name] }) => {
        await client.call('datastore.rename', ids[0], name);
        return '';
      },
    },
    update: update('datastore', 'TEMPLATE'),
    delete: each('datastore', ({ client }, id) => client.call('datastore.delete', id)),
    disable: enable(false),
    enable: enable(true),
  },
  onehost: {
    list: list('host'),
    show: show('host'),
    create: { args: 'hostname', options: { im: { ...TEXT, short: 'i' }, vm: { ...TEXT, short: 'v' } }, run: createHost },
    delete: each('host', ({ client }, id) => client.call('host.delete', id)),
    disable: status('disable'),
    enable: status('enable'),
    offline: status('offline'),
    sync: {
      args: 'hosts?',
      options: { force: { ...FLAG, short: 'f' } },
      run: async ({ client, given, rest: [hosts] }) =>
        sync(client, hosts === undefined ? [] : await idsOf(client, 'range|hostid_list', hosts), given.force !== undefined),
    },
  },
  oneimage: {
    list: list('image'),
    show: show('image'),
    delete: each('image', ({ client, given }, id) => client.call('image.delete', id, given.force !== undefined), { force: FLAG }),
    restore: {
      args: 'imageid',
      options: { ...DATASTORE, name: TEXT, increment: NUMBER, 'disk-id': NUMBER, no_ip: FLAG, no_nic: FLAG },
      run: restore,
    },
  },
  onetemplate: {
    list: list('template'),
    show: show('template'),
    delete: each('template', ({ client, given }, id) => client.call('template.delete', id, given.recursive !== undefined), {
      recursive: { ...FLAG, short: 'R' },
    }),
  },
  oneuser: {
    create: { args: 'username password', run: async ({ client, rest }) => `ID: ${await client.call<number>('user.allocate', ...rest)}` },
  },
  onevm: {
    list: list('vm', { extended: FLAG }),
    show: show('vm'),
    backup: { args: 'vmid', options: { ...DATASTORE, ...SCHEDULE, reset: FLAG }, run: backUp },
    'backup-cancel': {
      ...each('vm', ({ client }, id) => client.call('vm.backupcancel', id).catch(saying('Error canceling VM backup: '))),
      args: 'vmid',
    },
    'sched-delete': {
      args: 'vmid sched_id',
      run: async ({ client, ids, rest }) => {
        await client.call('vm.scheddelete', ids[0], Number(rest[0])).catch(saying('Error deleting: '));
        return '';
      },
    },
    update: update('vm', 'USER_TEMPLATE'),
    updateconf: { args: 'vmid file?', options: APPEND, run: updateConf },
    hold: action('hold'),
    lock: each('vm', ({ client, given }, id) => client.call('vm.lock', id, lockLevel(given)), {
      use: FLAG,
      manage: FLAG,
      admin: FLAG,
      all: FLAG,
    }),
    poweroff: action('poweroff', HARD),
    release: action('release'),
    resume: action('resume'),
    suspend: action('suspend'),
    terminate: action('terminate', HARD),
    undeploy: action('undeploy', HARD),
    unlock: each('vm', ({ client }, id) => client.call('vm.unlock', id)),
  },
};

/** OpenNebula's other programs, which do nothing here but refuse: a machine's own must not be reached from a lab. */
export const REFUSED = (
  'oneacct oneacl onecfg onecluster onedb oneflow oneflow-template onegroup onehook onelog onemarket onemarketapp onesecgroup ' +
  'oneshowback onevdc onevmgroup onevnet onevntemplate onevrouter onezone'
).split(' ');
