/** The recordings of a real OpenNebula 7.4.0, and trees read back from their `-x` outputs. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Node, Tree } from '../../../lab/opennebula/tree.ts';

const DIR = join(import.meta.dirname, '../../recordings/7.4.0/calls');

interface Recording {
  command: string;
  exitCode: number;
  stdout: string;
  stderr: string;
}

export const NAMES = readdirSync(DIR)
  .map((file) => file.replace(/\.json$/, ''))
  .sort();

/** The name of the recording that is called so, or begins so. */
export const full = (name: string): string =>
  NAMES.find((candidate) => candidate === name) ?? NAMES.find((candidate) => candidate.startsWith(`${name}-`)) ?? name;

/** The recording of that name; its beginning will do. */
export const recording = (name: string): Recording => JSON.parse(readFileSync(join(DIR, `${full(name)}.json`), 'utf8')) as Recording;

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

/** The object that a `show -x` recorded. */
export function shown(name: string, element: string): Tree {
  return parseXml(recording(name).stdout)[element] as Tree;
}

/** The objects that a `list -x` recorded, lowest id first as the state has them. */
export function listed(name: string, element: string): Tree[] {
  const pool = parseXml(recording(name).stdout)[`${element}_POOL`] as Tree;
  return ([pool[element] ?? []].flat() as Tree[]).reverse();
}
