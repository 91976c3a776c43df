/** The recordings of real OpenNebulas, and trees read back from their `-x` outputs. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Node, Tree } from '../../../lab/opennebula/tree.ts';
import { NOT_REPLAYED, type SessionName } from './not-replayed.ts';

interface Recording {
  command: string;
  exitCode: number;
  stdout: string;
  stderr: string;
}

/** Reads XML as `-x` prints it: `{ROOT: …}`. */
export function parseXml(xml: string): Tree {
  const root: Tree = {};
  const open: Tree[] = [root];
  const add = (name: string, node: string | Tree): void => {
    const parent = open.at(-1) as Tree;
    const present: Node | undefined = parent[name];
    parent[name] = present === undefined ? node : [...(Array.isArray(present) ? present : [present]), node];
  };
  const tokens = /<(\w+)\/>|<(\w+)>(?:<!\[CDATA\[(.*?)\]\]>|([^<]+?))<\/\2>|<(\w+)>|<\/\w+>/gs;
  for (const [token, empty, leaf, cdata, plain, element] of xml.matchAll(tokens)) {
    if (empty) add(empty, {});
    else if (leaf) add(leaf, cdata ?? decode(plain ?? ''));
    else if (element) {
      const tree: Tree = {};
      add(element, tree);
      open.push(tree);
    } else if (token.startsWith('</')) open.pop();
  }
  return root;
}

const decode = (text: string): string =>
  text
    .replace(/&#x([0-9A-F]+);/g, (_, hex: string) => String.fromCodePoint(Number.parseInt(hex, 16)))
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');

/** The recordings of one session, `7.4.0/calls`: their names, `s-disks/21-backup-locked`, of which the beginning will do. */
export class Recordings {
  readonly session: SessionName;
  readonly names: readonly string[];
  private readonly folder: string;

  constructor(session: SessionName) {
    this.session = session;
    this.folder = join(import.meta.dirname, '../../recordings', session);
    const files = readdirSync(this.folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.json'));
    this.names = files.map((file) => file.replace(/\.json$/, '')).sort();
  }

  /** The name of the recording that is called so, or begins so. */
  full(name: string): string {
    return this.names.find((candidate) => candidate === name) ?? this.names.find((candidate) => candidate.startsWith(`${name}-`)) ?? name;
  }

  get(name: string): Recording {
    return JSON.parse(readFileSync(join(this.folder, `${this.full(name)}.json`), 'utf8')) as Recording;
  }

  /** Those that are not replayed, by the reason: what is refused aloud, or all. */
  notReplayed(which: 'refused' | 'all' = 'all'): string[] {
    const { refused, answered } = NOT_REPLAYED[this.session];
    const lists = Object.values<string>(which === 'all' ? { ...refused, ...answered } : refused);
    return lists.flatMap((names) => names.split(' ')).map((name) => this.full(name));
  }

  /** The object that a `show -x` recorded. */
  shown(name: string, element: string): Tree {
    return parseXml(this.get(name).stdout)[element] as Tree;
  }

  /** The objects that a `list -x` recorded, lowest id first as the state has them. */
  listed(name: string, element: string): Tree[] {
    const pool = parseXml(this.get(name).stdout)[`${element}_POOL`] as Tree;
    return ([pool[element] ?? []].flat() as Tree[]).reverse();
  }
}

/** Those of the first look at 7.4.0. */
export const CALLS = new Recordings('7.4.0/calls');
export const recording = (name: string): Recording => CALLS.get(name);
export const shown = (name: string, element: string): Tree => CALLS.shown(name, element);
