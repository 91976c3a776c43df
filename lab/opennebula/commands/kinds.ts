/** The kinds of objects: how commands and oned call them, and which one is meant by an id or a name. */
import type { Client } from '../client.ts';
import type { Option } from '../options.ts';
import { OneError, type Tree, text } from '../tree.ts';

/** One kind of object: its element, how oned's methods call it and its pool, and how the help calls one. */
export interface Kind {
  element: string;
  method: string;
  pool: string;
  what: string;
}

export const KINDS = {
  cluster: { element: 'CLUSTER', method: 'cluster', pool: 'clusterpool', what: 'Cluster' },
  datastore: { element: 'DATASTORE', method: 'datastore', pool: 'datastorepool', what: 'Datastore' },
  host: { element: 'HOST', method: 'host', pool: 'hostpool', what: 'Host' },
  image: { element: 'IMAGE', method: 'image', pool: 'imagepool', what: 'Image' },
  template: { element: 'VMTEMPLATE', method: 'template', pool: 'templatepool', what: 'Template' },
  vm: { element: 'VM', method: 'vm', pool: 'vmpool', what: 'VM' },
  vnet: { element: 'VNET', method: 'vn', pool: 'vnpool', what: 'Virtual Network' },
  user: { element: 'USER', method: 'user', pool: 'userpool', what: 'User' },
  group: { element: 'GROUP', method: 'group', pool: 'grouppool', what: 'Group' },
} satisfies Record<string, Kind>;

/** The kind of what an argument such as `vmid` names. */
export function kindOf(name: string): Kind | undefined {
  return Object.values(KINDS).find((kind) => kind.method === name);
}

/** The id of an object given by id or name; digits are always an id. */
export async function toId(client: Client, kind: Kind, name: string, objects?: Tree[]): Promise<number> {
  if (/^\d+$/.test(name)) return Number(name);
  const pool = objects ?? (await client.call<Tree[]>(`${kind.pool}.info`));
  const same = pool.filter((object) => text(object, 'NAME') === name);
  if (same.length > 1) throw new OneError(`There are multiple ${kind.element}s with name ${name}.`);
  if (!same[0]) throw new OneError(`${kind.element} named ${name} not found.`);
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

export const CLUSTER = idOption(KINDS.cluster, 'cluster', '-c');
export const DATASTORE = idOption(KINDS.datastore, 'datastore', '-d');

const FLAGS = ['a', 'all', 'm', 'mine', 'g', 'group', 'G', 'primary group'];

/** A filter flag as it is, or the id of the user it names. */
export async function toFlag(client: Client, word: string): Promise<string> {
  if (FLAGS.includes(word) || /^\d+$/.test(word)) return word;
  return String(await toId(client, KINDS.user, word));
}
