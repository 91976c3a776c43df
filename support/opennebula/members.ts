/** What all pools of OpenNebula are read with. */
import { children, type Element, parsePool, text } from './xml.ts';

/** A whole number, NaN where it is none. */
export const whole = (digits: string): number => (/^\d{1,15}$/.test(digits) ? Number(digits) : Number.NaN);

/** The same, which may be negative. */
export const signed = (digits: string): number => (digits.startsWith('-') ? -whole(digits.slice(1)) : whole(digits));

/** @throws Error when it has no id, or two of its own things: then it is not all there, or more than it should be. */
export function identified(element: Element): Element {
  const [ids, names] = [children(element, 'ID'), children(element, 'NAME')];
  if (ids.length !== 1 || names.length > 1 || !/^\d+$/.test(text(element, 'ID'))) throw new Error('found one without an ID of its own');
  return element;
}

/** @throws Error when it is not that pool, or two in it have the same id. */
export function members<T extends { readonly id: string }>(xml: string, pool: string, name: string, read: (member: Element) => T): T[] {
  const found = parsePool(xml, pool, name, (member) => read(identified(member)));
  if (new Set(found.map(({ id }) => id)).size < found.length) throw new Error('found two of the same ID');
  return found;
}

/** What a code stands for, which is its place among the words. */
export const word = (words: readonly string[], code: string): string => words.find((_, at) => String(at) === code) ?? `unknown (${code})`;

export const isYes = (value: string): boolean => /^\s*(1|YES|TRUE)\s*$/i.test(value);

/** What stands between commas. */
export const list = (words: string): string[] =>
  words
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');

export function ids(element: Element | undefined, name: string): string[] {
  return children(children(element, name)[0], 'ID').filter((id) => typeof id === 'string');
}
