import { type Alias, isMap, isNode, isSeq, LineCounter, parseDocument, visit } from 'yaml';
import type { z } from 'zod';
import { messageOf, UsageError } from '../outcome/errors.ts';
import { redact } from '../outcome/secrets.ts';
import { didYouMean } from '../outcome/similar.ts';

/** Characters of a faulty value that are shown: so many that it can be found. */
const SHOWN = 60;

/** What a file of settings must look like. */
interface Kind<S extends z.ZodType> {
  readonly schema: S;
  /** What messages call the whole of it: the site file. */
  readonly name: string;
  /** What a file without content stands for. */
  readonly empty: unknown;
}

/**
 * The settings in a text of YAML, validated and with all defaults filled in; `file` is what messages name.
 * @throws UsageError naming file:line:column, what is wrong there and what is allowed, one line for each fault.
 */
export function parseYaml<S extends z.ZodType>({ schema, name, empty }: Kind<S>, source: string, file: string): z.infer<S> {
  const lines = new LineCounter();
  const document = parseDocument(source, { lineCounter: lines, version: '1.2', uniqueKeys: true });
  const place = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${Math.max(line, 1)}:${Math.max(col, 1)}`;
  };
  if (document.errors.length > 0) {
    throw new UsageError(
      document.errors.map((error) => `${place(error.pos[0])}: ${error.message.split('\n')[0]?.replace(/ at line.*/, '')}`).join('\n'),
    );
  }
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 20 });
  } catch (error) {
    let unresolved: Alias | undefined;
    visit(document, {
      Alias(_, alias) {
        if (!alias.resolve(document)) unresolved ??= alias;
      },
    });
    throw new UsageError(`${place(unresolved?.range?.[0] ?? 0)}: ${messageOf(error)}`);
  }
  const result = schema.safeParse(value ?? empty, { reportInput: true });
  if (result.success) return result.data;

  /** Where the value at a path stands; where it is missing, its nearest parent. */
  const offsetOf = (path: readonly PropertyKey[], key?: string): number => {
    for (let depth = path.length; depth >= 0; depth -= 1) {
      const node = depth === 0 ? document.contents : document.getIn(path.slice(0, depth), true);
      if (!isNode(node)) continue;
      if (depth === path.length && key !== undefined) {
        const items = (node as { items?: { key?: { value?: unknown; range?: [number, number, number] } }[] }).items ?? [];
        return items.find((item) => item.key?.value === key)?.key?.range?.[0] ?? node.range?.[0] ?? 0;
      }
      return node.range?.[0] ?? 0;
    }
    return 0;
  };
  /** The value at a path as it stands in the file, or what kind of thing it is. */
  const found = (path: readonly PropertyKey[]): string => {
    const node = path.length === 0 ? document.contents : document.getIn(path, true);
    if (isSeq(node)) return 'a list';
    if (isMap(node)) return 'key: value';
    const [start = 0, end = 0] = isNode(node) ? (node.range ?? []) : [];
    const [line = ''] = redact(source.slice(start, end)).split('\n');
    return line.length > SHOWN ? `${line.slice(0, SHOWN)}…` : line || 'nothing';
  };
  const says = ({ path, key, text, isOfValue }: Fault) =>
    `${place(offsetOf(path, key))}: ${text}${isOfValue ? `, found ${found(path)}` : ''}`;
  throw new UsageError(result.error.issues.flatMap((issue) => explain(issue, schema, name).map(says)).join('\n'));
}

interface Fault {
  readonly path: readonly PropertyKey[];
  readonly key?: string;
  readonly text: string;
  /** The text ends with what was expected of the value that stands there. */
  readonly isOfValue?: boolean;
}

function explain(issue: z.core.$ZodIssue, schema: z.ZodType, whole: string): Fault[] {
  const name = issue.path.map((key) => (typeof key === 'number' ? `entry ${key + 1}` : String(key))).join('.') || whole;
  if (issue.code === 'unrecognized_keys') {
    const at = issue.path.length === 0 ? '' : `${name}.`;
    const known = allowed(schema, issue.path);
    return issue.keys.map((key) => ({
      path: issue.path,
      key,
      text: `${at}${key}: ${renamed(key) ?? `unknown setting.${didYouMean(key, known)} Allowed here: ${known.join(', ')}`}`,
    }));
  }
  if (issue.code === 'invalid_type' && issue.input === undefined && issue.path.length > 0) {
    return [{ path: issue.path, text: `${name}: missing` }];
  }
  if (issue.code === 'invalid_key') {
    return [{ path: issue.path.slice(0, -1), key: String(issue.path.at(-1)), text: `${name}: expected ${issue.issues[0]?.message}` }];
  }
  const expected = issue.message.replace(/^(Invalid input|Too small|Too big): expected /, '').replace(/, received.*/, '');
  // What is wrong with two entries together is not to be seen in one.
  return [
    { path: issue.path, text: `${name}: expected ${expected}`, isOfValue: issue.code !== 'custom' || typeof issue.input !== 'object' },
  ];
}

/** What a setting of an older version is called now. */
function renamed(key: string): string | undefined {
  return key === 'machine' ? 'this setting is called “subject” now; it takes the same names' : undefined;
}

/** The settings that may stand at a path, off the schema itself. */
function allowed(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  let at: unknown = schema;
  for (const key of path) at = typeof key === 'number' ? (at as z.ZodArray).element : shapeOf(at)?.[String(key)];
  return Object.keys(shapeOf(at) ?? {});
}

function shapeOf(schema: unknown): Record<string, unknown> | undefined {
  const { shape, def } = schema as { shape?: Record<string, unknown>; def?: { innerType?: unknown } };
  return shape ?? (def?.innerType === undefined ? undefined : shapeOf(def.innerType));
}
