/** What an audit may run: the tables of docs/commands.md, and what of a run is in none of them. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { quote } from '../../support/machines/quote.ts';

/** `| on | command | why |` below a heading. */
function table(heading: string): { on: string; pattern: RegExp }[] {
  const document = readFileSync(new URL('../../docs/commands.md', import.meta.url), 'utf8');
  const [, section = ''] = document.split(`## ${heading}\n`);
  const rows = [...(section.split('\n## ')[0] ?? '').matchAll(/^\| ([\w -]+) \| `(.*)` \| .+ \|$/gm)];
  return rows.map(([, on = '', command = '']) => ({ on, pattern: patternOf(command.replaceAll('\\|', '|')) }));
}

/** One word as a shell reads it. */
const WORD = String.raw`(?:'[^']*'|\\'|[^\s'\\;|&<>()])+`;

/** The command as `quote` would write it; in capitals what may be any word. */
function patternOf(command: string): RegExp {
  const words = command.split(' ').map((word, index) => {
    if (word === 'DRYRUN') return ' -[A-Za-z]*n[\\w.]*';
    const [, name, more = '', end = ''] = /^([A-Z_]{2,})(…?)(;?)$/.exec(word) ?? [];
    const [space, first] = index === 0 ? ['', WORD] : [' ', ''];
    if (name !== undefined) return more ? `${first}(?: ${WORD})*${end}` : `${space}${WORD}`;
    return `${index === 0 ? '' : ' '}(?:${literal(word)}|${literal(quote([word]))})`;
  });
  return new RegExp(`^${words.join('')}$`, 's');
}

const literal = (word: string) => word.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);

const [started, typed] = [table('Programs that are started'), table('In the report')];
if (started.length < 20 || typed.length < 5) throw new Error('docs/commands.md does not read as it should');

const isListed = (text: string, machine: string, tables: readonly { on: string; pattern: RegExp }[]) =>
  tables.some(({ on, pattern }) => (on === 'every machine' || on === roleOf(machine)) && pattern.test(text));

function roleOf(machine: string): string {
  if (machine.startsWith('frontend')) return 'front-end';
  // A bridge host runs what a hypervisor host runs, or less.
  return /^(kvm|bridge)/.test(machine) ? 'hypervisor host' : 'backup server';
}

/** A program that was started on a machine, if it is in no table. */
export function unlistedProgram(machine: string, argv: readonly string[]): string[] {
  const text = quote(argv);
  return isListed(text, machine, started) ? [] : [`${machine}: ${text}`];
}

/** The commands of a piece of evidence that are in no table. What a login is to run is looked at by itself, on the machine that it leads to. */
export function unlistedCommands(machine: string, command: string): string[] {
  return statements(command).flatMap((text) => {
    const [, there = '', inner] =
      /^ssh (?:-A |-o IdentityFile=none |-o HostKeyAlgorithms=\S+ )?(?:[\w.-]+@)?([\w.-]+) ('.*'|\S+)$/s.exec(text) ?? [];
    if (inner !== undefined) return unlistedCommands(there, inner.replace(/^'(.*)'$/s, '$1').replaceAll(`'\\''`, "'"));
    return isListed(text, machine, [...typed, ...started]) ? [] : [`${machine}: ${text}`];
  });
}

/** `a; b` in two; a loop is one. */
const statements = (line: string) => line.match(/for .*?; done|(?:'[^']*'|[^\s';])(?:'[^']*'|[^';])*/gs) ?? [];

/** All commands in the evidence of a run that are in no table. */
export function unlistedEvidence(folder: string): string[] {
  const evidence = join(folder, 'evidence');
  if (!existsSync(evidence)) return [];
  const files = readdirSync(evidence, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.txt'));
  return files.flatMap((file) => {
    const [, machine = '', command = ''] =
      /^on {7}(.*?)\nas .*?\ncommand {2}(.*?)\nstarted /s.exec(readFileSync(join(evidence, file), 'utf8')) ?? [];
    return unlistedCommands(machine, command);
  });
}
