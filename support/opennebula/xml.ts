/** An XML element of OpenNebula's: text, nothing, or more elements. Values stay text: `007` is not 7. */
export type Element = string | { readonly [name: string]: readonly Element[] };

/** One that is not closed yet. */
interface Open {
  readonly name: string;
  text: string;
  below: Record<string, Element[]> | undefined;
}

/** A tag that opens an element, or is all of it; attributes say nothing here. */
const OPENS = /<([A-Za-z_][\w.:-]*)(?:\s[^<>]*?)?(\/?)>/y;
const CDATA = '<![CDATA[';
/** What is for others to read, and how it ends. */
const ASIDE = { '<?': '?>', '<!--': '-->' } as const;

/**
 * The root element of an answer to `-x`. What stands right below it is handed to `take`, and not kept, where that is given: of a large pool there is never more than one.
 * @throws Error when it is not XML, is cut short, or is another document: an empty pool is an answer, garbage is not.
 */
export function parseRoot(xml: string, root: string, take?: (name: string, element: Element) => void): Element {
  const expected = (found: string) => new Error(`expected one <${root}>${found}`);
  const open: Open[] = [];
  let whole: Element | undefined;
  const close = ({ name, text, below }: Open) => {
    const element = below ?? apart(text);
    if (below && text.trim() !== '') below['#text'] = [text];
    const around = open.at(-1);
    if (!around) whole = element;
    else if (take && open.length === 1) take(name, element);
    else {
      around.below ??= {};
      if (Object.hasOwn(around.below, name)) around.below[name]?.push(element);
      else around.below[name] = [element];
    }
  };
  for (let at = 0, end = 0; at < xml.length; at = end) {
    const within = open.at(-1);
    const after = (mark: string, from = at) => {
      const found = xml.indexOf(mark, from);
      if (found < 0) throw expected(`, found it cut short: “${xml.slice(-80)}”`);
      return found + mark.length;
    };
    const aside = xml[at] === '<' && Object.entries(ASIDE).find(([begin]) => xml.startsWith(begin, at));
    if (aside) end = after(aside[1]);
    else if (within && xml.startsWith(CDATA, at)) {
      end = after(']]>');
      within.text += xml.slice(at + CDATA.length, end - 3);
    } else if (xml[at] !== '<') {
      end = xml.indexOf('<', at);
      if (end < 0) end = xml.length;
      const said = xml.slice(at, end);
      if (within) within.text += unescaped(said);
      else if (said.trim() !== '')
        throw expected(
          whole === undefined ? `, found “${said.trim().slice(0, 80)}”` : ` and nothing after it, found “${said.trim().slice(-80)}”`,
        );
    } else if (xml[at + 1] === '/') {
      end = after('>');
      const name = xml.slice(at + 2, end - 1).trimEnd();
      if (!within || name !== within.name) throw expected(`, found </${name}> in the place of </${within?.name ?? ''}>`);
      open.pop();
      close(within);
    } else {
      OPENS.lastIndex = at;
      const [tag = '', name = '', alone] = OPENS.exec(xml) ?? [];
      if (tag === '' || name === '__proto__') throw expected(`, found no XML: “${xml.slice(at, at + 80)}”`);
      if (!within && (name !== root || whole !== undefined)) throw expected(`, found ${whole === undefined ? '' : `<${root}>, `}<${name}>`);
      end = at + tag.length;
      const begun = { name, text: '', below: undefined };
      if (alone) close(begun);
      else open.push(begun);
    }
  }
  const last = open.at(-1);
  if (last) throw expected(`, found no end of <${last.name}>`);
  if (whole === undefined) throw expected(', found nothing');
  return whole;
}

/** A part of a text keeps all of it in memory, unless it is short: one that is put together is a text of its own. */
const apart = (text: string): string => (text.length < 13 ? text : ` ${text}`.slice(1));

const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** What stands for a character is that character; what stands for none is text. */
const unescaped = (text: string): string =>
  text.includes('&')
    ? text.replace(/&(?:#(\d{1,7})|#[xX]([0-9A-Fa-f]{1,6})|(\w+));/g, (all, decimal?: string, hex?: string, name = '') => {
        const code = decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal);
        return NAMED[name] ?? (code <= 0x10ffff ? String.fromCodePoint(code) : all);
      })
    : text;

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

/** What a pool holds, read one by one. @throws Error when it holds anything but elements of that name: `<VM_POOL>execution expired</VM_POOL>` is no empty pool. */
export function parsePool<T>(xml: string, pool: string, name: string, read: (member: Element) => T): T[] {
  const found: T[] = [];
  const only = (what: string) => new Error(`expected nothing but <${name}> in it, found ${what}`);
  const rest = parseRoot(xml, pool, (child, element) => {
    if (child !== name) throw only(`<${child}>`);
    found.push(read(element));
  });
  // Between elements may stand what was cut out of one of them: that is nobody's to read.
  if (typeof rest === 'string' && rest.trim() !== '') throw only(found.length > 0 ? 'text' : `“${rest.trim().slice(0, 80)}”`);
  return found;
}
