/** YAML the way Ruby's Psych writes it, for hashes, arrays and strings. */
import type { Node, Tree } from './tree.ts';

const WIDTH = 80;

// What Psych would read back as something else than a string, so that it is quoted.
const OTHERS = [
  /^$/,
  /^[-+]?(0|[1-9](\d|,\d|_\d)*)$/,
  /^[-+]?0[0-7_,]+$/,
  /^[-+]?0x[\da-fA-F_,]+$/,
  /^[-+]?0b[01_,]+$/,
  /^[-+]?(\d[\d_,]*)?\.\d*([eE][+-]\d+)?$/,
  /^0[0-7]*\.\d/,
  /^(~|null|yes|true|on|no|false|off)$/i,
  /^\d{4}-\d{1,2}-\d{1,2}$/,
  /^-?\d{4}-\d{1,2}-\d{1,2}([Tt]|\s+)\d{1,2}:\d\d:\d\d(\.\d*)?(\s*(Z|[-+]\d{1,2}:?(\d\d)?))?$/,
  /^[-+]?\d[\d_]*(:[0-5]?\d){1,2}(\.\d*)?$/,
  /^:./,
];

/** What the emitter does not write without quotes. */
const NOT_PLAIN = /^[-?:](\s|$)|^[,[\]{}#&*!|>'"%@`]|:(\s|$)|\s#|^\s|\s$/;

/** Breaks a text at spaces once a line is full, the rest `indent` deep. */
function folded(content: string, column: number, indent: string): string {
  let at = column;
  let result = '';
  for (let index = 0; index < content.length; index += 1) {
    const [before, char, after] = [content[index - 1], content[index] ?? '', content[index + 1]];
    if (char === ' ' && at > WIDTH && before !== undefined && before !== ' ' && after !== undefined && after !== ' ') {
      result += `\n${indent}`;
      at = indent.length;
    } else {
      result += char;
      at += 1;
    }
  }
  return result;
}

function scalar(content: string, column: number, indent: string): string {
  if (/\n(?!$)/.test(content)) {
    const body = content.replace(/\n$/, '').split('\n');
    return `|${content.endsWith('\n') ? '' : '-'}\n${body.map((line) => (line === '' ? '' : indent + line)).join('\n')}`;
  }
  const plainly = !/[\n\t\p{Cc}]/u.test(content);
  if (/^[yn]$/i.test(content) || /^[^\p{L}\p{N}_][^"]*$/u.test(content) || !plainly)
    return folded(JSON.stringify(content), column, `${indent}`);
  if (OTHERS.some((pattern) => pattern.test(content)) || NOT_PLAIN.test(content)) {
    return folded(`'${content.replaceAll("'", "''")}'`, column, indent);
  }
  return folded(content, column, indent);
}

function lines(node: Tree, indent: string): string[] {
  return Object.entries(node).flatMap(([name, value]) => member(`${indent}${name}:`, value, indent));
}

// What follows a key, or the dash of an array.
function member(head: string, value: Node, indent: string): string[] {
  if (Array.isArray(value)) {
    if (value.length === 0) return [`${head} []`];
    return [head, ...value.flatMap((item) => element(item, indent))];
  }
  if (typeof value === 'string') return [`${head} ${scalar(value, head.length + 1, `${indent}  `)}`];
  return Object.keys(value).length === 0 ? [`${head} {}`] : [head, ...lines(value, `${indent}  `)];
}

function element(item: string | Tree, indent: string): string[] {
  if (typeof item === 'string') return [`${indent}- ${scalar(item, indent.length + 2, `${indent}  `)}`];
  const [first = '{}', ...rest] = lines(item, `${indent}  `);
  return [`${indent}- ${first.trimStart()}`, ...rest];
}

/** A hash as a YAML document. */
export function yaml(tree: Tree): string {
  return ['---', ...lines(tree, '')].join('\n');
}
