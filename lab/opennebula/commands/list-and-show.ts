/** `list` and `show` of every kind of object, as a table, text, XML, JSON or YAML. */
import type { Client } from '../client.ts';
import { LISTINGS } from '../lists.ts';
import { renderJson, renderXml, renderYaml } from '../markup.ts';
import { type Command, type Context, idsOf, type Option, type Values } from '../options.ts';
import { SHOWS } from '../shows.ts';
import { renderTable, type TableOptions } from '../table.ts';
import { OneError, type Tree, text } from '../tree.ts';
import { KINDS, type Kind } from './kinds.ts';

const XML: Option = { name: 'xml', short: '-x', long: '--xml', description: 'Show the resource in xml format' };
const JSON_FORMAT: Option = { name: 'json', short: '-j', long: '--json', description: 'Show the resource in JSON format' };
const YAML: Option = { name: 'yaml', short: '-y', long: '--yaml', description: 'Show the resource in YAML format' };
const DECRYPT: Option = { name: 'decrypt', long: '--decrypt', description: 'Get decrypted attributes' };

/** What every `list` can be asked for. */
export const LIST_OPTIONS: Option[] = [
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

export function listCommand(kind: Kind, args: string[] = [], options = LIST_OPTIONS): Command {
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
  const description = `Lists ${kind.what}s in the pool. The default columns and their layout can be configured in one${kind.method}.yaml`;
  return { args, description, options, run };
}

export function showCommand(kind: Kind): Command {
  const run = async ({ client, values, args, print }: Context): Promise<void> => {
    requireKnownFormat(values);
    const object = await client.call<Tree>(`${kind.method}.info`, idsOf(args[0])[0]);
    if (values.xml) return print(renderXml(kind.element, object));
    if (values.json) return print(renderJson(kind.element, object));
    if (values.yaml) return print(renderYaml(kind.element, object));
    const show = SHOWS[kind.element];
    if (!show) throw new OneError(`The stand-in of OpenNebula's command line shows a ${kind.what} with -x, -j or -y only`);
    const related = {
      vms: () => client.call<Tree[]>('vmpool.info'),
      hosts: () => client.call<Tree[]>('hostpool.info'),
      clusterName: async (id: string) => text(await client.call<Tree>('cluster.info', Number(id)), 'NAME'),
    };
    for (const line of await show(object, related)) print(line);
  };
  return {
    args: [`${kind.method}id`],
    description: `Shows information for the given ${kind.what}`,
    options: [DECRYPT, JSON_FORMAT, XML, YAML],
    run,
  };
}
