/** OpenNebula's template syntax (`NAME = "x"`, `DISK = [ A = "b" ]`), with the errors its own parser gives. */
import { OneError, type Tree } from './tree.ts';

type Kind = 'EQUAL' | 'COMMA' | 'OBRACKET' | 'CBRACKET' | 'EQUAL_EMPTY' | 'CCDATA' | 'STRING' | 'VARIABLE' | '$end';
interface Token {
  kind: Kind;
  value: string;
}
interface Rule {
  pattern: RegExp;
  kind?: Kind;
  /** Which set of rules reads on. */
  next?: 'plain' | 'value';
}

// The rules of its lexer: the longest match wins, then the first.
const PLAIN: Rule[] = [
  { pattern: /[ \t]*#.*\n/y },
  { pattern: /[ \t\n]+/y },
  { pattern: /[A-Za-z0-9_]+/y, kind: 'VARIABLE' },
  { pattern: /[ \t]*=[ \t]*/y, kind: 'EQUAL', next: 'value' },
  { pattern: /[ \t]*=[ \t]*\n/y, kind: 'EQUAL_EMPTY' },
  { pattern: /[ \t\n]*,[ \t\n]*/y, kind: 'COMMA' },
  { pattern: /[ \t\n]*\][ \t\n]*/y, kind: 'CBRACKET' },
];
const VALUE: Rule[] = [
  { pattern: /[ \t]*\[[ \t\n]*/y, kind: 'OBRACKET', next: 'plain' },
  { pattern: /.*\]\]>.*/y, kind: 'CCDATA', next: 'plain' },
  { pattern: /"(?:[^"\\]|\\"|\\)*"/y, kind: 'STRING', next: 'plain' },
  { pattern: /[^=# \t\n,[\]]+/y, kind: 'STRING', next: 'plain' },
];

// Reads the template as bytes, since positions in error messages count them.
class Lexer {
  private readonly source: string;
  private rules = PLAIN;
  private offset = 0;
  private line = 0;
  private columns = [1, 1];

  constructor(source: string) {
    this.source = Buffer.from(source).toString('latin1');
  }

  get place(): string {
    return `at line ${this.line}, columns ${this.columns.join(':')}`;
  }

  next(): Token {
    while (this.offset < this.source.length) {
      let match = this.source.charAt(this.offset);
      let taken: Rule | undefined;
      for (const rule of this.rules) {
        rule.pattern.lastIndex = this.offset;
        const found = rule.pattern.exec(this.source)?.[0];
        if (found !== undefined && (!taken || found.length > match.length)) [match, taken] = [found, rule];
      }
      this.offset += match.length;
      this.line += match.split('\n').length - 1;
      this.columns = [this.columns[1] ?? 1, (this.columns[1] ?? 1) + match.length];
      if (taken?.next) this.rules = taken.next === 'value' ? VALUE : PLAIN;
      if (taken?.kind) return { kind: taken.kind, value: Buffer.from(match, 'latin1').toString() };
    }
    return { kind: '$end', value: '' };
  }
}

const unquote = (value: string): string => (value.startsWith('"') && value.length > 1 ? value.slice(1, -1) : value).replaceAll('\\"', '"');

// A token ahead, and what the grammar wants next.
class Parser {
  private readonly lexer: Lexer;
  private token: Token;

  constructor(source: string) {
    this.lexer = new Lexer(source);
    this.token = this.lexer.next();
  }

  /** Takes the next token, which must be one of these; `expected` as the message lists them. */
  take(...expected: Kind[]): Token {
    const taken = this.token;
    if (!expected.includes(taken.kind)) {
      throw new OneError(`Parse error: syntax error, unexpected ${taken.kind}, expecting ${expected.join(' or ')} ${this.lexer.place}`);
    }
    this.token = this.lexer.next();
    return taken;
  }

  file(): [string, string | Tree][] {
    const attributes: [string, string | Tree][] = [];
    while (this.token.kind === 'VARIABLE') {
      const name = this.take('VARIABLE').value.toUpperCase();
      attributes.push([name, this.take('EQUAL', 'EQUAL_EMPTY').kind === 'EQUAL' ? this.value() : '']);
    }
    this.take('$end');
    return attributes;
  }

  private value(): string | Tree {
    const { kind, value } = this.take('OBRACKET', 'CCDATA', 'STRING');
    if (kind === 'CCDATA') throw new OneError('Parse error');
    return kind === 'STRING' ? unquote(value) : this.vector();
  }

  private vector(): Tree {
    const members = new Map<string, string>();
    let token = this.take('CBRACKET', 'VARIABLE');
    while (token.kind !== 'CBRACKET') {
      const name = token.value.toUpperCase();
      this.take('EQUAL');
      const value = unquote(this.take('STRING').value);
      if (!members.has(name)) members.set(name, value);
      token = this.take('COMMA', 'CBRACKET');
      if (token.kind === 'COMMA') token = this.take('VARIABLE');
    }
    return Object.fromEntries([...members].sort(byName));
  }
}

/** Reads a template into a tree: names in capitals, sorted, repeated ones as arrays. Throws what OpenNebula says. */
export function parseTemplate(source: string): Tree {
  return sorted(new Parser(source).file());
}

const byName = ([a]: [string, unknown], [b]: [string, unknown]): number => (a < b ? -1 : a > b ? 1 : 0);

function sorted(attributes: [string, string | Tree][]): Tree {
  const tree: Tree = {};
  for (const [name, value] of [...attributes].sort(byName)) {
    const present = tree[name];
    tree[name] = present === undefined ? value : [...(Array.isArray(present) ? present : [present]), value];
  }
  return tree;
}

/** The tree with some attributes set, all in the order OpenNebula keeps: by name. */
export function withAttributes(template: Tree, changes: Tree): Tree {
  return Object.fromEntries(Object.entries({ ...template, ...changes }).sort(byName));
}

const quoted = (value: string): string => `"${value.replaceAll('"', '\\"')}"`;

/** A template in its own syntax, as `show` prints it and editors get it. */
export function templateText(template: Tree): string {
  const attribute = (name: string, value: string | Tree): string[] => {
    if (typeof value === 'string') return [`${name}=${quoted(value)}`];
    const members = Object.entries(value).flatMap(([key, item]) => (typeof item === 'string' ? [`  ${key}=${quoted(item)}`] : []));
    return members.length === 0 ? [] : [`${name}=[\n${members.join(',\n')} ]`];
  };
  const lines = Object.entries(template).flatMap(([name, value]) => [value].flat().flatMap((one) => attribute(name, one)));
  return lines.join('\n');
}
