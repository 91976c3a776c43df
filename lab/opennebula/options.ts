/** Command lines the way Ruby's OptionParser and OpenNebula's own parser on top of it read them. */
import type { Client } from './client.ts';
import { OneError } from './tree.ts';

export interface Option {
  /** How commands refer to it. */
  name: string;
  short?: string;
  /** As in the help: `--datastore id|name`, `--csv`. */
  long: string;
  /** How its value reads; without it the option is a flag. */
  value?: 'text' | 'list' | 'number' | 'optional';
  description: string;
  /** Turns a given value into the one the command gets, or throws. */
  resolve?: (value: string, client: Client) => Promise<string>;
}

export interface Command {
  /** For each argument the formats it may have, as in the help; a trailing `?` makes it optional. */
  args: string[];
  description: string;
  options: Option[];
  run: (context: Context) => Promise<void>;
}

/** What a command gets: its options and arguments, names already turned into ids. */
export interface Context {
  client: Client;
  values: Values;
  args: Argument[];
  print: (text: string) => void;
}
export type Argument = string | number[];

export type Values = Record<string, string | string[] | boolean | undefined>;

// Options and arguments come as what the parser made of them; these read them as what they are.
export const textOf = (values: Values, name: string): string | undefined => (typeof values[name] === 'string' ? values[name] : undefined);
export const idsOf = (argument: Argument | undefined): number[] => (Array.isArray(argument) ? argument : []);

/** Sorts options as the help does. */
export const byName = (one: Option, other: Option): number => (one.name < other.name ? -1 : 1);

/** What `--version` and the help say. */
export const VERSION = 'OpenNebula 7.4.0\nCopyright 2002-2026, OpenNebula Project, OpenNebula Systems';

const longName = (option: Option): string => option.long.split(/[ [=]/)[0] ?? '';

function findLong(options: Option[], word: string): Option {
  const exact = options.find((option) => longName(option) === word);
  if (exact) return exact;
  const candidates = options.filter((option) => longName(option).startsWith(word));
  if (candidates.length > 1) throw new OneError(`ambiguous option: ${word}`);
  if (!candidates[0]) throw new OneError(`invalid option: ${word}`);
  return candidates[0];
}

function convert(option: Option, as: string, value: string): string | string[] {
  if (option.value === 'number' && !/^[+-]?\d+$/.test(value)) throw new OneError(`invalid argument: ${as} ${value}`);
  return option.value === 'list' ? value.split(',').filter((item) => item !== '') : value;
}

/** Splits words into options and arguments. Options may stand anywhere, be shortened, joined, and end at `--`. */
export function parseOptions(options: Option[], words: string[]): { values: Values; args: string[] } {
  const values: Values = {};
  const args: string[] = [];
  const rest = [...words];
  const set = (option: Option, as: string, attached: string | undefined): void => {
    if (!option.value) {
      if (attached !== undefined) throw new OneError(`needless argument: ${as}=${attached}`);
      values[option.name] = true;
      return;
    }
    const optional = option.value === 'optional';
    const value = attached ?? (optional && rest[0]?.startsWith('-') ? undefined : rest.shift());
    if (value === undefined && !optional) throw new OneError(`missing argument: ${as}`);
    values[option.name] = value === undefined ? true : convert(option, as, value);
  };
  // Help is given as soon as it is asked for, whatever comes after.
  for (let word = rest.shift(); word !== undefined && !values.help && !values.version; word = rest.shift()) {
    if (word === '--') {
      args.push(...rest.splice(0));
    } else if (word.startsWith('--')) {
      const equals = word.indexOf('=');
      const name = equals < 0 ? word : word.slice(0, equals);
      set(findLong(options, name), name, equals < 0 ? undefined : word.slice(equals + 1));
    } else if (word.startsWith('-') && word !== '-') {
      let letters = word.slice(1);
      while (letters !== '') {
        const letter = `-${letters[0]}`;
        const option = options.find((candidate) => candidate.short === letter);
        if (!option) throw new OneError(`invalid option: ${letter}`);
        letters = letters.slice(1);
        if (option.value && letters !== '') {
          set(option, letter, letters);
          letters = '';
        } else {
          set(option, letter, undefined);
        }
      }
    } else {
      args.push(word);
    }
  }
  return { values, args };
}

/** The arguments as the help shows them: `<range|datastoreid_list>`, `[<file>]`. */
export function showArgs(args: string[], brackets = '[<>]'): string {
  const [open, close] = brackets === '[]' ? ['[', ']'] : ['[<', '>]'];
  return args.map((formats) => (formats.endsWith('?') ? `${open}${formats.slice(0, -1)}${close}` : `<${formats}>`)).join(' ');
}

/** What OpenNebula says when there are too few arguments, or nothing. */
export function tooFew(name: string, command: Command, args: string[]): string | undefined {
  const needed = command.args.filter((formats) => !formats.endsWith('?')).length;
  if (args.length >= needed) return undefined;
  return `Command ${name} requires ${needed > 1 ? `${command.args.length} parameters to run.` : 'one parameter to run'}`;
}

/** What it says when there are too many. */
export function tooMany(command: Command): string {
  const expected = command.args.length === 0 ? 'No argument is required' : `The arguments should be: ${showArgs(command.args, '[]')}`;
  return `Wrong number of arguments\n${expected}`;
}

// Words are filled into lines that leave room for the option's name; the first line's room depends on that name.
function wrap(text: string, firstRoom: number): string[] {
  const lines: string[] = [];
  let line = '';
  let room = firstRoom;
  for (const word of text.split(/\s+/).filter((part) => part !== '')) {
    if (line.length + word.length + 1 <= room) {
      line += ` ${word}`;
    } else {
      lines.push(line);
      line = word;
      room = 48;
    }
  }
  lines.push(line);
  return lines.map((text, index) => (index === 0 ? text.trim() : text));
}

function optionHelp(option: Option): string {
  const names = `     ${(option.short ? `${option.short}, ${option.long}` : option.long).padEnd(25)}`;
  return `${names} ${wrap(option.description, 80 - names.length).join(`\n${' '.repeat(31)}`)}`;
}

function commandHelp(name: string, command: Command): string[] {
  const lines = [`${name} ${showArgs(command.args)}`, ...command.description.split('\n').map((line) => ' '.repeat(8) + line)];
  const valid = command.options.map((option) => option.name).join(', ');
  return valid === '' ? [...lines, ''] : [...lines, `        valid options: ${valid}`, ''];
}

/** The help of one command. */
export function usage(name: string, command: Command, common: Option[]): string {
  return ['## USAGE', ...commandHelp(name, command), '## OPTIONS', ...[...command.options, ...common].map(optionHelp)].join('\n');
}

/** What an argument's format means; those of a kind of object are named after it. */
const FORMATS: Record<string, string> = { file: 'Path to a file', range: "List of id's in the form 1,8..15", text: 'String' };

function formatHelp(name: string): string {
  const [, kind = ''] = /^(\w+?)id(_list)?$/.exec(name) ?? [];
  const element = kind.toUpperCase();
  const ofKind = ['USER', 'GROUP', 'CLUSTER'].includes(element) ? `OpenNebula ${element} id` : `OpenNebula ${element} name or id`;
  const meaning = FORMATS[name] ?? (name.endsWith('_list') ? `Comma-separated list of OpenNebula ${element} names or ids` : ofKind);
  return `   * ${name}\n        ${meaning}\n`;
}

/** The help of a program: its commands, options, and the formats of its arguments. */
export function overview(program: string, commands: Record<string, Command>, common: Option[]): string {
  const used = Object.values(commands).flatMap(({ args }) => args.flatMap((formats) => formats.replace('?', '').split('|')));
  const byKind = used.filter((format) => /id(_list)?$/.test(format));
  const formats = [...new Set([...Object.keys(FORMATS), 'clusterid', 'groupid', 'userid', ...byKind])].sort();
  const options = new Map(
    [...Object.values(commands).flatMap((command) => command.options), ...common].map((option) => [option.name, option]),
  );
  return [
    '## SYNOPSIS',
    '',
    `\`${program}\` <command> [<args>] [<options>]`,
    '',
    '',
    '## OPTIONS',
    ...[...options.values()].sort(byName).map(optionHelp),
    '',
    '## COMMANDS',
    ...Object.keys(commands)
      .sort()
      .flatMap((name) => commandHelp(`   * ${name}`, commands[name] as Command)),
    '',
    '## ARGUMENT FORMATS',
    ...formats.map(formatHelp),
    '',
    '## VERSION',
    VERSION,
  ].join('\n');
}
