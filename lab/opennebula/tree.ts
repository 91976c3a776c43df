/**
 * OpenNebula's objects as ordered trees, close to its XML: an element with text is a string, an element with children
 * an object (empty: `{}`), an element that repeats an array. Everything else here renders such trees.
 */
export interface Tree {
  [name: string]: Node;
}
export type Node = string | Tree | (string | Tree)[];

/** Thrown for what the user did wrong; the message goes to stderr, the exit code is OpenNebula's -1. */
export class OneError extends Error {}

/** One that is said on stdout instead, as `oneimage restore` does. */
export class OneErrorOnStdout extends OneError {}

/** All elements at a path such as `TEMPLATE/DISK`; none is an empty array. */
export function all(tree: Tree, path: string): (string | Tree)[] {
  let found: (string | Tree)[] = [tree];
  for (const name of path.split('/')) {
    found = found.flatMap((node) => {
      const child = typeof node === 'string' ? undefined : node[name];
      if (child === undefined) return [];
      return Array.isArray(child) ? child : [child];
    });
  }
  return found;
}

/** The elements at a path that have children of their own. */
export function trees(tree: Tree, path: string): Tree[] {
  return all(tree, path).filter((node) => typeof node !== 'string');
}

/** The text of the first element at a path, or undefined when there is none (or it has children). */
export function find(tree: Tree, path: string): string | undefined {
  const node = all(tree, path)[0];
  return typeof node === 'string' ? node : undefined;
}

/** The text at a path, empty when there is none. */
export function text(tree: Tree, path: string): string {
  return find(tree, path) ?? '';
}

/** The whole number at a path, 0 when there is none: Ruby's `to_i`. */
export function int(tree: Tree, path: string): number {
  return Number.parseInt(text(tree, path), 10) || 0;
}

/** The ids below an element such as IMAGES or VMS. */
export function ids(tree: Tree, path: string): string[] {
  return all(tree, `${path}/ID`).filter((node) => typeof node === 'string');
}

/** An element holding ids, empty when there are none. */
export function idList(list: string[]): Tree {
  const [first] = list;
  if (first === undefined) return {};
  return { ID: list.length === 1 ? first : list };
}
