/** The programs `onedatastore`, `onehost`, `onevm`, …: their commands, arguments and options, and what each does. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from './client.ts';
import { now, rubyTime, templateText } from './format.ts';
import { LISTINGS } from './lists.ts';
import { renderJson, renderXml, renderYaml } from './markup.ts';
import type { Command, Context, Option, Values } from './options.ts';
import { SHOWS } from './shows.ts';
import { renderTable, type TableOptions } from './table.ts';
import { all, OneError, OneErrorOnStdout, type Tree, text, trees } from './tree.ts';

/** One kind of object: its element, and how oned's methods call it and its pool. */
interface Kind {
  element: string;
  method: string;
  pool: string;
}

const KINDS = {
  cluster: { element: 'CLUSTER', method: 'cluster', pool: 'clusterpool' },
  datastore: { element: 'DATASTORE', method: 'datastore', pool: 'datastorepool' },
  host: { element: 'HOST', method: 'host', pool: 'hostpool' },
  image: { element: 'IMAGE', method: 'image', pool: 'imagepool' },
  template: { element: 'VMTEMPLATE', method: 'template', pool: 'templatepool' },
  vm: { element: 'VM', method: 'vm', pool: 'vmpool' },
  vnet: { element: 'VNET', method: 'vn', pool: 'vnpool' },
  user: { element: 'USER', method: 'user', pool: 'userpool' },
  group: { element: 'GROUP', method: 'group', pool: 'grouppool' },
} satisfies Record<string, Kind>;

/** The kind of what an argument such as `vmid` names. */
export function kindOf(name: string): Kind | undefined {
  return Object.values(KINDS).find((kind) => kind.method === name);
}

export interface Program {
  commands: Record<string, Command>;
  /** Options of every command. */
  common: Option[];
  /** Commands that OpenNebula has, and the stand-in has not; to call what there is not at all ends well. */
  missing: string[];
}

const VERBOSE: Option = { name: 'verbose', short: '-v', long: '--verbose', description: 'Verbose mode' };
const COMMON: Option[] = [
  { name: 'help', short: '-h', long: '--help', description: 'Show this message' },
  { name: 'version', short: '-V', long: '--version', description: 'Show version and copyright information' },
  { name: 'user', long: '--user name', value: 'text', description: 'User name used to connect to OpenNebula' },
  { name: 'password', long: '--password password', value: 'text', description: 'Password to authenticate with OpenNebula' },
  { name: 'endpoint', long: '--endpoint endpoint', value: 'text', description: 'URL of OpenNebula RPC frontend' },
  { name: 'grpc', long: '--grpc', description: 'Use gRPC protocol to connect to OpenNebula' },
];

const XML: Option = { name: 'xml', short: '-x', long: '--xml', description: 'Show the resource in xml format' };
const JSON_FORMAT: Option = { name: 'json', short: '-j', long: '--json', description: 'Show the resource in JSON format' };
const YAML: Option = { name: 'yaml', short: '-y', long: '--yaml', description: 'Show the resource in YAML format' };
const DECRYPT: Option = { name: 'decrypt', long: '--decrypt', description: 'Get decrypted attributes' };
const EXTENDED: Option = { name: 'extended', long: '--extended', description: 'Show info extended (it only works with xml output)' };
const LIST_OPTIONS: Option[] = [
  { name: 'adjust', long: '--adjust x,y,z', value: 'list', description: 'Adjust size to not truncate selected columns' },
  { name: 'csv', long: '--csv', description: 'Write table in csv format' },
  { name: 'csv_del', long: '--csv-del del', value: 'text', description: 'Set delimiter for csv output' },
  { name: 'delay', short: '-d', long: '--delay x', value: 'number', description: 'Sets the delay in seconds for top command' },
  { name: 'describe', long: '--describe', description: 'Describe list columns' },
  {
    name: 'expand',
    long: '--expand [x=prop,y=prop]',
    value: 'optional',
    description:
      'Expands the columns size to fill the terminal. For example: $onevm list --expand name=0.4,group=0.6 will expand name 40% and group 60%. ' +
      '$onevm list --expand name,group will expand name and group based on its size.$onevm list --expand will expand all columns.',
  },
  {
    name: 'filter',
    short: '-f',
    long: '--filter x,y,z',
    value: 'list',
    description:
      'Filter data. An array is specified with column=value pairs. Valid operators =,!=,<,<=,>,>=,~ e.g. NAME=test (match name with test) ' +
      "NAME~test (match every NAME containing the substring 'test')",
  },
  JSON_FORMAT,
  { name: 'list', short: '-l', long: '--list x,y,z', value: 'list', description: 'Selects columns to display with list command' },
  { name: 'listconf', short: '-c', long: '--listconf conf', value: 'text', description: 'Selects a predefined column list' },
  { name: 'no_expand', long: '--no-expand', description: 'Disable expand' },
  { name: 'no_header', long: '--no-header', description: 'Hides the header of the table' },
  { name: 'no_pager', long: '--no-pager', description: 'Disable pagination' },
  { name: 'numeric', short: '-n', long: '--numeric', description: 'Do not translate user and group IDs' },
  {
    name: 'operator',
    long: '--operator operator',
    value: 'text',
    description: 'Logical operator used on filters: AND, OR. Default: AND.',
  },
  {
    name: 'size',
    short: '-s',
    long: '--size x=size,y=size',
    value: 'list',
    description: 'Change the size of selected columns. For example: $ onevm list --size "name=20" will make column name size 20.',
  },
  XML,
  YAML,
];

const notFound = (kind: Kind, name: string) => new OneError(`${kind.element} named ${name} not found.`);

/** The id of an object given by id or name; digits are always an id. */
export async function toId(client: Client, kind: Kind, name: string, objects?: Tree[]): Promise<number> {
  if (/^\d+$/.test(name)) return Number(name);
  const pool = objects ?? (await client.call<Tree[]>(`${kind.pool}.info`));
  const same = pool.filter((object) => text(object, 'NAME') === name);
  if (same.length > 1) throw new OneError(`There are multiple ${kind.element}s with name ${name}.`);
  if (!same[0]) throw notFound(kind, name);
  return Number(text(same[0], 'ID'));
}

/** The ids of a comma-separated list of ids and names. */
export async function toIds(client: Client, kind: Kind, names: string): Promise<number[]> {
  const objects = await client.call<Tree[]>(`${kind.pool}.info`);
  const result: number[] = [];
  for (const name of names.split(',')) result.push(await toId(client, kind, name, objects));
  return result;
}

function idOption(kind: Kind, name: string, short: string): Option {
  const resolve = async (value: string, client: Client): Promise<string> => {
    try {
      return String(await toId(client, kind, value));
    } catch (error) {
      const message = (error as Error).message.startsWith('[')
        ? `OpenNebula ${kind.element} name not found, use the ID instead`
        : (error as Error).message;
      throw new OneError(`${message}\noption ${name}: Parsing error`);
    }
  };
  return { name, short, long: `--${name} id|name`, value: 'text', description: `Selects the ${name}`, resolve };
}
const CLUSTER = idOption(KINDS.cluster, 'cluster', '-c');
const DATASTORE = idOption(KINDS.datastore, 'datastore', '-d');

// Options come as what the parser made of them; these read them as what they are.
const textOf = (values: Values, name: string): string | undefined => (typeof values[name] === 'string' ? values[name] : undefined);
const idsOf = (argument: Context['args'][number] | undefined): number[] => (Array.isArray(argument) ? argument : []);

function tableOptions(given: Values): TableOptions {
  const filter = Array.isArray(given.filter) ? given.filter : [];
  const values = given.backup === true ? { ...given, filter: [...filter, 'TYPE=BK'] } : given;
  const lists = ['list', 'filter', 'adjust', 'size'].filter((name) => Array.isArray(values[name]));
  const rest = ['operator', 'csv', 'csv_del', 'no_header'].filter((name) => values[name] !== undefined);
  return Object.fromEntries([...lists, ...rest].map((name) => [name, values[name]]));
}

function requireKnownFormat(values: Values): void {
  for (const name of ['describe', 'grpc']) {
    if (values[name]) throw new OneError(`The stand-in of OpenNebula's command line does not implement --${name}`);
  }
}

const FLAGS = ['a', 'all', 'm', 'mine', 'g', 'group', 'G', 'primary group'];

/** A filter flag as it is, or the id of the user it names. */
export async function toFlag(client: Client, word: string): Promise<string> {
  if (FLAGS.includes(word) || /^\d+$/.test(word)) return word;
  return String(await toId(client, KINDS.user, word));
}

/** Leaves the objects a filter flag asks for: all, mine, those of my group, or some user's. */
async function owned(client: Client, objects: Tree[], flag: string | undefined): Promise<Tree[]> {
  if (flag === undefined || flag === 'a' || flag === 'all') return objects;
  const users = /^\d+$/.test(flag) ? [] : await client.call<Tree[]>('userpool.info');
  const me = users.find((user) => text(user, 'NAME') === client.userName()) ?? {};
  const mine = (object: Tree) => text(object, 'UID') === (/^\d+$/.test(flag) ? flag : text(me, 'ID'));
  const ofMyGroup = (object: Tree) => text(object, 'GID') === text(me, 'GID');
  if (flag === 'G' || flag === 'primary group') return objects.filter(ofMyGroup);
  return objects.filter((object) => mine(object) || (flag.startsWith('g') && ofMyGroup(object)));
}

function listCommand(kind: Kind, options: Option[], args: string[] = []): Command {
  const run = async ({ client, values, args, print }: Context): Promise<void> => {
    requireKnownFormat(values);
    const markup = values.xml || values.json || values.yaml;
    const extended = kind === KINDS.vm && values.extended === true && markup;
    const flag = typeof args[0] === 'string' ? args[0] : undefined;
    const objects = await owned(client, await client.call<Tree[]>(`${kind.pool}.info${extended ? 'extended' : ''}`), flag);
    const pool = { [kind.element]: objects };
    const short = kind === KINDS.vm && !extended;
    if (values.xml) return print(renderXml(`${kind.element}_POOL`, objects.length > 0 ? pool : {}, short));
    if (values.json) return print(renderJson(`${kind.element}_POOL`, pool, short));
    if (values.yaml) return print(renderYaml(`${kind.element}_POOL`, pool, short));
    const listing = LISTINGS[kind.element]?.(values.numeric === true);
    if (listing) for (const line of renderTable(listing.columns, listing.defaults, objects, tableOptions(values))) print(line);
  };
  const description = `Lists ${PLURALS[kind.element]} in the pool. The default columns and their layout can be configured in one${kind.method}.yaml`;
  return { args, description, options, run };
}
const PLURALS: Record<string, string> = {
  CLUSTER: 'Clusters',
  DATASTORE: 'Datastores',
  HOST: 'Hosts',
  IMAGE: 'Images',
  VM: 'VMs',
  VMTEMPLATE: 'Templates',
  VNET: 'Virtual Networks',
};

function showCommand(kind: Kind, what: string): Command {
  const run = async ({ client, values, args, print }: Context): Promise<void> => {
    requireKnownFormat(values);
    const object = await client.call<Tree>(`${kind.method}.info`, idsOf(args[0])[0]);
    if (values.xml) return print(renderXml(kind.element, object));
    if (values.json) return print(renderJson(kind.element, object));
    if (values.yaml) return print(renderYaml(kind.element, object));
    const show = SHOWS[kind.element];
    if (!show) throw new OneError(`The stand-in of OpenNebula's command line shows a ${what} with -x, -j or -y only`);
    const related = {
      vms: () => client.call<Tree[]>('vmpool.info'),
      hosts: () => client.call<Tree[]>('hostpool.info'),
      clusterName: async (id: string) => text(await client.call<Tree>('cluster.info', Number(id)), 'NAME'),
    };
    for (const line of await show(object, related)) print(line);
  };
  return {
    args: [`${kind.method}id`],
    description: `Shows information for the given ${what}`,
    options: [DECRYPT, JSON_FORMAT, XML, YAML],
    run,
  };
}

/** Calls a method for each id; failures are told apart, the rest goes on. */
function forEach(kind: Kind, done: string, call: (client: Client, id: number, values: Values) => Promise<unknown>): Command['run'] {
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

function readStdin(): Promise<string> {
  return new Promise((resolve) => {
    if (process.stdin.isTTY) return resolve('');
    let input = '';
    // Like OpenNebula: input that is not there yet is no input.
    const patience = setTimeout(() => {
      process.stdin.destroy();
      resolve('');
    }, 30);
    process.stdin.setEncoding('utf8').on('data', (chunk: string) => {
      clearTimeout(patience);
      input += chunk;
    });
    process.stdin.on('end', () => {
      clearTimeout(patience);
      resolve(input);
    });
    process.stdin.on('error', () => resolve(''));
  });
}

const APPEND: Option = { name: 'append', short: '-a', long: '--append', description: 'Append new attributes to the current template' };

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

/** A new template: from the file, else from stdin, else from an editor, to which `contents` go unless it is to be appended. */
async function newContents({ values, args }: Context, contents: () => Promise<string>): Promise<string> {
  if (typeof args[1] === 'string') return readFileSync(args[1], 'utf8');
  const piped = await readStdin();
  if (piped !== '') return piped;
  return edited(values.append === true ? '' : await contents());
}

function updateCommand(kind: Kind, element = 'TEMPLATE'): Command {
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

function renameCommand(kind: Kind, what: string): Command {
  const run = async ({ client, values, args, print }: Context): Promise<void> => {
    const id = idsOf(args[0])[0];
    await client.call(`${kind.method}.rename`, id, args[1]);
    if (values.verbose) print(`${kind.element} ${id}: renamed`);
  };
  return { args: [`${kind.method}id`, 'name'], description: `Renames the ${what}`, options: [], run };
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

function chgrpCommand(kind: Kind, what: string): Command {
  const run = async (context: Context): Promise<void> => {
    const group = idsOf(context.args[1])[0];
    await forEach(kind, 'Group changed', (client, id) => client.call(`${kind.method}.chown`, id, -1, group))(context);
  };
  return { args: [`range|${kind.method}id_list`, 'groupid'], description: `Changes the ${what} group`, options: [], run };
}

function chownCommand(kind: Kind, what: string): Command {
  const run = async (context: Context): Promise<void> => {
    const [user, group = -1] = [idsOf(context.args[1])[0], idsOf(context.args[2])[0]];
    await forEach(kind, 'Owner/Group changed', (client, id) => client.call(`${kind.method}.chown`, id, user, group))(context);
  };
  return {
    args: [`range|${kind.method}id_list`, 'userid', 'groupid?'],
    description: `Changes the ${what} owner and group`,
    options: [],
    run,
  };
}

function chmodCommand(kind: Kind, what: string): Command {
  const run = async (context: Context): Promise<void> => {
    const octet = toOctet(String(context.args[1]));
    await forEach(kind, 'Permissions changed', (client, id) => client.call(`${kind.method}.chmod`, id, octet))(context);
  };
  return { args: [`range|${kind.method}id_list`, 'octet'], description: `Changes the ${what} permissions`, options: [], run };
}

const datastoreCommands: Record<string, Command> = {
  chgrp: chgrpCommand(KINDS.datastore, 'Datastore'),
  chmod: chmodCommand(KINDS.datastore, 'Datastore'),
  chown: chownCommand(KINDS.datastore, 'Datastore'),
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
  delete: {
    args: ['range|datastoreid_list'],
    description: 'Deletes the given Datastore',
    options: [],
    run: forEach(KINDS.datastore, 'deleted', (client, id) => client.call('datastore.delete', id)),
  },
  disable: {
    args: ['range|datastoreid_list'],
    description: 'Disables the given Datastore. Only available for System Datastores',
    options: [],
    run: forEach(KINDS.datastore, 'disabled', (client, id) => client.call('datastore.enable', id, false)),
  },
  enable: {
    args: ['range|datastoreid_list'],
    description: 'Enables the given Datastore. Only available for System Datastores',
    options: [],
    run: forEach(KINDS.datastore, 'enabled', (client, id) => client.call('datastore.enable', id, true)),
  },
  list: listCommand(KINDS.datastore, LIST_OPTIONS),
  rename: renameCommand(KINDS.datastore, 'Datastore'),
  show: showCommand(KINDS.datastore, 'Datastore'),
  update: updateCommand(KINDS.datastore),
};

function hostStatus(status: 'enable' | 'disable' | 'offline', description: string): Command {
  const run = forEach(KINDS.host, status, (client, id) => client.call('host.status', id, status));
  return { args: ['range|hostid_list'], description, options: [], run };
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

const hostCommands: Record<string, Command> = {
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
  delete: {
    args: ['range|hostid_list'],
    description: 'Deletes the given Host',
    options: [],
    run: forEach(KINDS.host, 'deleted', (client, id) => client.call('host.delete', id)),
  },
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
  list: listCommand(KINDS.host, LIST_OPTIONS),
  offline: hostStatus(
    'offline',
    'Sets the host offline:\n  - monitor: disabled\n  - scheduler deployment: disabled\n  - manual deployment: disabled',
  ),
  rename: renameCommand(KINDS.host, 'Host'),
  show: showCommand(KINDS.host, 'Host'),
  update: updateCommand(KINDS.host),
};

/** The epoch of a time such as `2026-11-23 14:15`, `2026-11-23`, `09/23 14:15`, which is in this year, or `14:15`, which is today. */
function timeOf(value: string): number {
  const today = new Date(Date.now());
  if (/^\d{1,2}:\d{2}(:\d{2})?$/.test(value)) return Math.floor(Date.parse(`${today.toDateString()} ${value}`) / 1000);
  const thisYear = /^\d{1,2}\/\d{1,2}( |$)/.test(value) ? `${today.getFullYear()}/` : '';
  // A day alone begins where we are, not in Greenwich.
  const midnight = /^\d{4}-\d{2}-\d{2}$/.test(value) ? ' 00:00' : '';
  return Math.floor(Date.parse(`${thisYear}${value}${midnight}`) / 1000);
}

const SCHEDULE: Option = {
  name: 'schedule',
  long: '--schedule TIME',
  value: 'text',
  description: 'Schedules this action to be executed afterthe given time. For example: onevm resume 0 --schedule "09/23 14:15"',
  resolve: async (value) => {
    if (/^\+\d+$/.test(value)) return value;
    const time = value === 'now' ? now() : timeOf(value);
    if (Number.isNaN(time)) throw new OneError(`Error parsing time spec: ${value}`);
    return String(time);
  },
};
const repetition = (name: string, argument: string, description: string): Option => ({
  name,
  long: `--${name} ${argument}`,
  value: argument === 'hour' ? 'number' : 'text',
  description: `Repeats the schedule action ${description}`,
});

/** The options of everything that can be scheduled. */
const SCHEDULES: Option[] = [
  { name: 'end', long: '--end number|TIME', value: 'text', description: '----' },
  repetition(
    'hourly',
    'hour',
    'with the given hourly frequency. For example (every 5 hours): onevm resume 0 --schedule "09/23 14:15" --hourly 5',
  ),
  repetition(
    'monthly',
    'days',
    'the days of the month specified, it can be a number between 1,31 separated with commas. ' +
      'For example: onevm resume 0 --schedule "09/23 14:15" --monthly 1,14',
  ),
  SCHEDULE,
  repetition(
    'weekly',
    'days',
    'the days of the week specified, it can be a number between 0 (Sunday) to 6 (Saturday) separated with commas. ' +
      'For example: onevm resume 0 --schedule "09/23 14:15" --weekly 0,2,4',
  ),
  repetition(
    'yearly',
    'days',
    'the days of the year specified, it can be a number between 0,365 separated with commas. ' +
      'For example: onevm resume 0 --schedule "09/23 14:15" --yearly 30,60',
  ),
];
const byName = (one: Option, other: Option): number => (one.name < other.name ? -1 : 1);

const UPDATECONF = `Updates the configuration of a VM. Valid states are: running, pending,
failure, poweroff, undeploy, hold or cloning.
In running state only changes in CONTEXT and BACKUP_CONFIG take effect
immediately, other values may need a VM restart.

This command accepts a template or opens an editor.
A template can be passed as a file with or the content via STDIN
Bash symbols must be escaped on STDIN passing

The full list of configuration attributes are:

OS        = ["ARCH", "MACHINE", "KERNEL", "INITRD", "BOOTLOADER", "BOOT", "KERNEL_CMD", "ROOT", "SD_DISK_BUS", "UUID", "FIRMWARE", "FIRMWARE_FORMAT"]
FEATURES  = ["ACPI", "PAE", "APIC", "LOCALTIME", "HYPERV", "GUEST_AGENT", "VIRTIO_SCSI_QUEUES", "VIRTIO_BLK_QUEUES", "IOTHREADS", "MIGRATE_AUTO_CONVERGE", "MIGRATE_COMPRESSED"]
INPUT     = ["TYPE", "BUS"]
GRAPHICS  = ["TYPE", "LISTEN", "PASSWD", "KEYMAP", "COMMAND"]
VIDEO     = ["TYPE", "IOMMU", "ATS", "VRAM", "RESOLUTION"]
RAW       = ["DATA", "DATA_VMX", "TYPE", "VALIDATE"]
CPU_MODEL = ["MODEL", "FEATURES"]
BACKUP_CONFIG = ["FS_FREEZE", "KEEP_LAST", "BACKUP_VOLATILE", "MODE", "INCREMENT_MODE", "INTERACTIVE"]
CONTEXT (any value, ETH* if CONTEXT_ALLOW_ETH_UPDATES set in oned.conf, **variable substitution will be made**)`;

/** Lets an error go on, with words before what oned said. */
const saying =
  (words: string) =>
  (error: unknown): never => {
    throw error instanceof OneError ? new OneError(`${words}${error.message}`) : error;
  };

async function backUp({ client, values, args, print }: Context): Promise<void> {
  const id = idsOf(args[0])[0];
  const datastore = Number(textOf(values, 'datastore') ?? -1);
  await client.call('vm.backup', id, datastore, values.reset === true).catch(saying('Error creating VM backup: '));
  if (values.verbose) print(`VM ${id}: Backup`);
}

/** Schedules an action, once or again and again. */
async function schedule({ client, values, args, print }: Context, action: string, actionArgs?: string): Promise<void> {
  const at = textOf(values, 'schedule') ?? '';
  const repeat = ['weekly', 'monthly', 'yearly', 'hourly'].findIndex((name) => values[name] !== undefined);
  const days = textOf(values, ['weekly', 'monthly', 'yearly', 'hourly'][repeat] ?? '');
  const parts = [
    `ACTION = "${action}"`,
    ...(actionArgs === undefined ? [] : [`ARGS = "${actionArgs}"`]),
    `TIME = "${at}"`,
    ...(days === undefined ? [] : [`REPEAT = "${repeat}"`, `DAYS = "${days}"`]),
    ...endOf(textOf(values, 'end'), days !== undefined),
  ];
  for (const id of idsOf(args[0])) {
    await client.call('vm.schedadd', id, `SCHED_ACTION = [${parts.join(', ')}]`);
    print(`VM ${id}: ${action} scheduled ${at.startsWith('+') ? `after ${at}s from start` : `at ${rubyTime(Number(at))}`}`);
  }
}

/** After so many times, on a day, or never. */
function endOf(end: string | undefined, repeats: boolean): string[] {
  if (end === undefined) return repeats ? ['END_TYPE = "0"'] : [];
  if (/^\d+$/.test(end)) return ['END_TYPE = "1"', `END_VALUE = "${end}"`];
  const day = Math.floor(new Date(timeOf(end) * 1000).setHours(0, 0, 0, 0) / 1000);
  return Number.isNaN(day) ? [] : ['END_TYPE = "2"', `END_VALUE = "${day}"`];
}

async function scheduleBackup(context: Context): Promise<void> {
  const { values } = context;
  await schedule(context, 'backup', `${textOf(values, 'datastore') ?? -1},${values.reset === true ? 1 : 0}`);
}

/** Changes a scheduled action by a file or an editor with lines such as `TIME="1795410033"`. */
async function updateScheduled({ client, values, args, print }: Context): Promise<void> {
  const [id, action] = [idsOf(args[0])[0], String(args[1])];
  const vm = await client.call<Tree>('vm.info', id).catch(saying('Error '));
  const found = trees(vm, 'TEMPLATE/SCHED_ACTION').find((one) => text(one, 'ID') === action);
  if (!found) throw new OneError(`Sched action ${action} not found`);
  const lines = typeof args[2] === 'string' ? readFileSync(args[2], 'utf8') : edited(templateText({ TEMPLATE: found }, 'TEMPLATE'));
  const source = `SCHED_ACTION = [${lines.trim().split('\n').join(',')}]`;
  await client.call('vm.schedupdate', id, Number(action), source).catch(saying('Error updating: '));
  if (values.verbose) print(`VM ${id}: Sched action updated`);
}

async function updateConf(context: Context): Promise<void> {
  const { client, values, args, print } = context;
  const id = idsOf(args[0])[0];
  const parts = ['OS', 'FEATURES', 'INPUT', 'GRAPHICS', 'VIDEO', 'RAW', 'CONTEXT', 'CPU_MODEL'];
  const contents = async () => {
    const vm = await client.call<Tree>('vm.info', id).catch(saying('ERROR: '));
    const template = Object.fromEntries(parts.flatMap((part) => all(vm, `TEMPLATE/${part}`).map((value) => [part, value])));
    return templateText({ TEMPLATE: { ...template, BACKUP_CONFIG: all(vm, 'BACKUPS/BACKUP_CONFIG') } }, 'TEMPLATE');
  };
  // The editor has the configuration there is, even for what is appended.
  const source = await newContents({ ...context, values: { ...values, append: false } }, contents);
  await client.call('vm.updateconf', id, source, values.append === true);
  if (values.verbose) print(`VM ${id}: Updating VM configuration`);
}

const HARD: Option = { name: 'hard', long: '--hard', description: 'Does not communicate with the guest OS' };

/** A command that is an action of oned's; with `hard` there is one that does not ask the guest. */
function actionCommand(name: string, done: string, description: string, hard = false): Command {
  const action = (values: Values) => (values.hard === true ? `${name}-hard` : name);
  const atOnce = forEach(KINDS.vm, done, (client, id, values) => client.call('vm.action', action(values), id));
  const run = (context: Context) => (context.values.schedule === undefined ? atOnce(context) : schedule(context, action(context.values)));
  return { args: ['range|vmid_list'], description, options: [...SCHEDULES, ...(hard ? [HARD] : [])].sort(byName), run };
}

const vmCommands: Record<string, Command> = {
  backup: {
    args: ['vmid'],
    description: 'Creates a VM backup on the given datastore\n\nStates: RUNNING, POWEROFF',
    options: [
      DATASTORE,
      ...SCHEDULES,
      { name: 'reset', long: '--reset', description: 'Creates a new backup image, from a new full backup (only for incremental)' },
    ].sort(byName),
    run: async (context) => (context.values.schedule === undefined ? backUp(context) : scheduleBackup(context)),
  },
  'backup-cancel': {
    args: ['vmid'],
    description: 'Cancels an active VM backup operation\n\nStates: RUNNING, POWEROFF',
    options: [],
    run: forEach(KINDS.vm, 'Canceling backup', (client, id) =>
      client.call('vm.backupcancel', id).catch(saying('Error canceling VM backup: ')),
    ),
  },
  'sched-update': {
    args: ['vmid', 'sched_id', 'file?'],
    description: 'Updates a Scheduled Action from a VM',
    options: [],
    run: updateScheduled,
  },
  'sched-delete': {
    args: ['vmid', 'sched_id'],
    description: 'Deletes a Scheduled Action from the VM',
    options: [],
    run: async ({ client, args }) =>
      void (await client.call('vm.scheddelete', idsOf(args[0])[0], Number(args[1])).catch(saying('Error deleting: '))),
  },
  chgrp: chgrpCommand(KINDS.vm, 'VM'),
  chmod: chmodCommand(KINDS.vm, 'VM'),
  chown: chownCommand(KINDS.vm, 'VM'),
  list: listCommand(KINDS.vm, [EXTENDED, ...LIST_OPTIONS], ['filterflag?']),
  rename: renameCommand(KINDS.vm, 'VM'),
  show: showCommand(KINDS.vm, 'VM'),
  update: updateCommand(KINDS.vm, 'USER_TEMPLATE'),
  updateconf: {
    args: ['vmid', 'file?'],
    description: UPDATECONF,
    options: [APPEND],
    run: updateConf,
  },
  hold: actionCommand(
    'hold',
    'put on hold',
    'Sets the given VM on hold. A VM on hold is not scheduled until it is released.\n\nStates: PENDING',
  ),
  poweroff: actionCommand(
    'poweroff',
    'shutting down',
    'Powers off the given VM. The VM will remain in the poweroff state, and\n' +
      "can be powered on with the 'onevm resume' command.\n\nStates: RUNNING",
    true,
  ),
  reboot: actionCommand('reboot', 'rebooting', 'Reboots the given VM.\n\nStates: RUNNING', true),
  release: actionCommand('release', 'released', "Releases a VM on hold. See 'onevm hold'\n\nStates: HOLD"),
  resume: actionCommand(
    'resume',
    'resuming',
    'Resumes the execution of the a saved VM\n\nStates: STOPPED, SUSPENDED, UNDEPLOYED, POWEROFF, UNKNOWN',
  ),
  stop: actionCommand('stop', 'stopping', 'Stops a running VM.\n\nStates: RUNNING'),
  suspend: actionCommand(
    'suspend',
    'suspending',
    "Saves a running VM. It is the same as 'onevm stop', but the files\nare left in the remote machine.\n\nStates: RUNNING",
  ),
  terminate: actionCommand(
    'terminate',
    'terminating',
    'Terminates the given VM. The VM life cycle will end.\n\nStates: ANY (except for transient states)',
    true,
  ),
  undeploy: actionCommand(
    'undeploy',
    'shutting down',
    'Shuts down the given VM. The VM is saved in the system Datastore.\n\nStates: RUNNING',
    true,
  ),
};

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

function saidOnStdout(error: unknown): never {
  throw error instanceof OneError ? new OneErrorOnStdout(error.message) : error;
}

const BACKUPS_ONLY: Option = { name: 'backup', long: '--backup', description: 'Show only backup type images' };

const imageCommands: Record<string, Command> = {
  chgrp: chgrpCommand(KINDS.image, 'Image'),
  chmod: chmodCommand(KINDS.image, 'Image'),
  chown: chownCommand(KINDS.image, 'Image'),
  delete: {
    args: ['range|imageid_list'],
    description: 'Deletes the given Image',
    options: [{ name: 'force', long: '--force', description: 'Ignore errors (if possible)' }],
    run: forEach(KINDS.image, 'deleting', (client, id, values) => client.call('image.delete', id, values.force === true)),
  },
  list: listCommand(KINDS.image, [...LIST_OPTIONS, BACKUPS_ONLY].sort(byName), ['filterflag?']),
  rename: renameCommand(KINDS.image, 'Image'),
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
  show: showCommand(KINDS.image, 'Image'),
  update: updateCommand(KINDS.image),
};

const templateCommands: Record<string, Command> = {
  chgrp: chgrpCommand(KINDS.template, 'Template'),
  chmod: chmodCommand(KINDS.template, 'Template'),
  chown: chownCommand(KINDS.template, 'Template'),
  delete: {
    args: ['range|templateid_list'],
    description: 'Deletes the given Template',
    options: [
      {
        name: 'recursive',
        short: '-R',
        long: '--recursive',
        description: 'Applies the action to the template plus any image defined in DISK',
      },
    ],
    run: forEach(KINDS.template, 'deleted', (client, id, values) => client.call('template.delete', id, values.recursive === true)),
  },
  list: listCommand(KINDS.template, LIST_OPTIONS, ['filterflag?']),
  rename: renameCommand(KINDS.template, 'Template'),
  show: showCommand(KINDS.template, 'Template'),
  update: updateCommand(KINDS.template),
};

const userCommands: Record<string, Command> = {
  create: {
    args: ['username', 'password'],
    description: 'Creates a new User',
    options: [],
    run: async ({ client, args, print }) => print(`ID: ${await client.call<number>('user.allocate', args[0], args[1])}`),
  },
};

const listAndShow = (kind: Kind, what: string, args: string[] = []): Record<string, Command> => ({
  list: listCommand(kind, LIST_OPTIONS, args),
  show: showCommand(kind, what),
});
const ALL = [VERBOSE, ...COMMON];

function memberCommand(name: 'adddatastore' | 'deldatastore', description: string): Command {
  const run = async ({ client, values, args, print }: Context): Promise<void> => {
    const [cluster, datastore] = [idsOf(args[0])[0], idsOf(args[1])[0]];
    await client.call(`cluster.${name}`, cluster, datastore);
    if (values.verbose) print(`CLUSTER ${cluster}: updated`);
  };
  return { args: ['clusterid', 'datastoreid'], description, options: [], run };
}

const clusterCommands: Record<string, Command> = {
  ...listAndShow(KINDS.cluster, 'Cluster'),
  adddatastore: memberCommand('adddatastore', 'Adds a Datastore to the given Cluster'),
  create: {
    args: ['name'],
    description: 'Creates a new Cluster',
    options: [],
    run: async ({ client, args, print }) => print(`ID: ${await client.call<number>('cluster.allocate', args[0])}`),
  },
  deldatastore: memberCommand('deldatastore', 'Deletes a Datastore from the given Cluster'),
  rename: renameCommand(KINDS.cluster, 'Cluster'),
  update: updateCommand(KINDS.cluster),
};

const missing = (names: string): string[] => names.split(' ');

/** Every program by the name it is called by. */
export const PROGRAMS: Record<string, Program> = {
  onecluster: {
    commands: clusterCommands,
    common: ALL,
    missing: missing('addhost addvnet delete delhost delvnet'),
  },
  onedatastore: { commands: datastoreCommands, common: ALL, missing: [] },
  onehost: {
    commands: hostCommands,
    common: COMMON,
    missing: missing('flush importvm monitoring sync top'),
  },
  oneimage: {
    commands: imageCommands,
    common: ALL,
    missing: missing(
      'chtype clone create disable dockerfile enable lock nonpersistent orphans persistent resize snapshot-delete ' +
        'snapshot-flatten snapshot-revert top unlock',
    ),
  },
  onetemplate: {
    commands: templateCommands,
    common: ALL,
    missing: missing('clone create instantiate lock top unlock'),
  },
  oneuser: {
    commands: userCommands,
    common: ALL,
    missing: missing(
      'addgroup batchquota chauth chgrp defaultquota delete delgroup disable enable encode key list login passwd passwdsearch quota ' +
        'show token-create token-delete token-delete-all token-set umask update',
    ),
  },
  onevm: {
    commands: vmCommands,
    common: ALL,
    missing: missing(
      'create create-chart delete-chart deploy disk-attach disk-detach disk-resize disk-saveas disk-snapshot-create ' +
        'disk-snapshot-delete disk-snapshot-list disk-snapshot-rename disk-snapshot-revert exec lock migrate monitoring nic-attach ' +
        'nic-detach nic-update pci-attach pci-detach port-forward recover resched resize restore save sg-attach sg-detach snapshot-create ' +
        'snapshot-delete snapshot-list snapshot-revert ssh top unlock unresched update-chart vnc',
    ),
  },
  onevnet: {
    commands: listAndShow(KINDS.vnet, 'Virtual Network', ['filterflag?']),
    common: ALL,
    missing: missing(
      'addar addleases chgrp chmod chown create delete free hold lock orphans recover release rename reserve rmar rmleases top unlock ' +
        'update updatear',
    ),
  },
};
