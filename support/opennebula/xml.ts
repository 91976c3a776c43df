import { XMLParser } from 'fast-xml-parser';

/** An XML element of OpenNebula's: text, nothing, or more elements. Values stay text: `007` is not 7. */
export type Element = string | { readonly [name: string]: readonly Element[] };

const parser = new XMLParser({
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: false,
  ignoreAttributes: true,
  ignoreDeclaration: true,
  htmlEntities: true,
  isArray: () => true,
  alwaysCreateTextNode: false,
  jPath: false,
  tagValueProcessor: (_tag, value) => apart(value),
});

/** A part of a text keeps all of it in memory, unless it is short: one that is put together is a text of its own. */
function apart(text: string): string {
  return text.length < 13 ? text : ` ${text}`.slice(1);
}

/**
 * The root element of an answer to `-x`.
 * @throws Error when it is not XML, is cut short, or is another document: an empty pool is an answer, garbage is not.
 */
export function parseRoot(xml: string, root: string): Element {
  if (xml.trim() === '') throw new Error(`expected one <${root}>, found nothing`);
  const document = parser.parse(xml, true) as Record<string, Element[]>;
  const names = Object.entries(document).flatMap(([name, elements]) => elements.map(() => name));
  const [element] = document[root] ?? [];
  if (element === undefined || names.length !== 1)
    throw new Error(`expected one <${root}>, found ${names.length === 0 ? 'no XML' : `<${names.join('>, <')}>`}`);
  // The parser drops text after an empty root.
  const rest = xml.slice(xml.lastIndexOf('>') + 1).trim();
  if (rest !== '') throw new Error(`expected one <${root}> and nothing after it, found “${rest.slice(-80)}”`);
  return element;
}

/** The elements of that name right below; none where there are none. */
export function children(element: Element | undefined, name: string): readonly Element[] {
  return typeof element === 'object' ? (element[name] ?? []) : [];
}

/**
 * The text at a path of element names: empty where the element is there and says nothing, undefined where it is not there or has elements of
 * its own. What is saved empty is not what is missing.
 */
export function find(element: Element | undefined, ...path: readonly string[]): string | undefined {
  let at = element;
  for (const name of path) at = children(at, name)[0];
  return typeof at === 'string' ? at : undefined;
}

/** The same where that makes no difference: empty where there is none. */
export const text = (element: Element | undefined, ...path: readonly string[]): string => find(element, ...path) ?? '';

/** So many characters of a pool are read at a time: as elements they take ten times as much. */
const PIECE = 256 * 1024;

/**
 * What a pool holds, read one by one, and never more of a large one in memory than a piece.
 * @throws Error when it holds anything but elements of that name: `<VM_POOL>execution expired</VM_POOL>` is no empty pool.
 */
export function parsePool<T>(xml: string, pool: string, name: string, read: (member: Element) => T): T[] {
  const found: T[] = [];
  for (const piece of piecesOf(xml, pool, name)) for (const member of membersOf(parseRoot(piece, pool), name)) found.push(read(member));
  return found;
}

/** A large pool as pools of some of its members each, in their order. */
function* piecesOf(xml: string, pool: string, name: string): Generator<string> {
  // Each begins with its ID. What users call so in a template of theirs, twice, does not: there a text is CDATA.
  const boundary = new RegExp(`</${name}>\\s*(?=<${name}>\\s*<ID>\\d)`, 'g');
  let [from, head] = [0, ''];
  boundary.lastIndex = PIECE;
  while (boundary.test(xml)) {
    const piece = xml.slice(from, boundary.lastIndex);
    // What looks like one within a text is none.
    if (piece.lastIndexOf('<![CDATA[') > piece.lastIndexOf(']]>')) continue;
    yield `${head}${piece}</${pool}>`;
    [from, head] = [boundary.lastIndex, `<${pool}>`];
    boundary.lastIndex += PIECE;
  }
  yield `${head}${xml.slice(from)}`;
}

function membersOf(pool: Element, name: string): readonly Element[] {
  if (typeof pool === 'string') {
    if (pool.trim() !== '') throw new Error(`expected nothing but <${name}> in it, found “${pool.trim().slice(0, 80)}”`);
    return [];
  }
  const { [name]: members = [], '#text': between = '', ...others } = pool;
  // Between elements may stand what was cut out of one of them: that is nobody's to read.
  const found = [...(`${between as string}`.trim() === '' ? [] : ['text']), ...Object.keys(others).map((other) => `<${other}>`)];
  if (found.length > 0) throw new Error(`expected nothing but <${name}> in it, found ${found.join(', ')}`);
  return members;
}
