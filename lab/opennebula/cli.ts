/** Stands in for OpenNebula's command line: `node cli.ts onedatastore list -x`, and so for every program in commands.ts. */
import { statSync } from 'node:fs';
import { basename } from 'node:path';
import { Client } from './client.ts';
import { kindOf, toFlag, toId, toIds } from './commands/kinds.ts';
import { PROGRAMS } from './commands.ts';
import { type Argument, type Command, overview, parseOptions, tooFew, tooMany, usage, VERSION } from './options.ts';
import { OneError, OneErrorOnStdout } from './tree.ts';

const FAILED = 255;

// An argument fits a format, or it is why not.
async function readArgument(client: Client, format: string, word: string): Promise<Argument | undefined> {
  if (format === 'range') {
    if (!/^(\d+(\.\.\d+)?,)*\d+(\.\.\d+)?$/.test(word.replaceAll(' ', ''))) return undefined;
    const ids = word
      .replaceAll(' ', '')
      .split(',')
      .flatMap((part) => {
        const [first = 0, last = first] = part.split('..').map(Number);
        return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index);
      });
    return [...new Set(ids)];
  }
  if (format === 'file') return statSync(word, { throwIfNoEntry: false })?.isFile() ? word : undefined;
  if (format === 'filterflag') return toFlag(client, word);
  // `vmid`, `datastoreid_list`: what is named by id or name; `sched_id` is a text.
  const [, named = '', list] = /^([a-z]+)id(_list)?$/.exec(format) ?? [];
  const kind = kindOf(named);
  if (!kind) return word;
  return list ? toIds(client, kind, word) : [await toId(client, kind, word)];
}

async function readArguments(client: Client, name: string, command: Command, words: string[]): Promise<Argument[]> {
  const args: Argument[] = [];
  for (const [index, word] of words.entries()) {
    const formats = command.args[index];
    if (formats === undefined) throw new OneError(tooMany(command));
    let argument: Argument | undefined;
    let complaint = `command ${name}: argument ${index} must be one of ${formats.replace('?', '|').split('|').join(', ')}`;
    for (const format of formats.replace('?', '').split('|')) {
      try {
        argument = await readArgument(client, format, word);
      } catch (error) {
        if (!(error instanceof OneError)) throw error;
        complaint = error.message;
      }
      if (argument !== undefined) break;
    }
    if (argument === undefined) throw new OneError(complaint);
    args.push(argument);
  }
  return args;
}

async function perform(client: Client, programName: string, words: string[], print: (text: string) => void): Promise<number> {
  const program = PROGRAMS[programName];
  if (!program) throw new OneError(`${programName}: no such program of OpenNebula's here; there are ${Object.keys(PROGRAMS).join(', ')}`);
  const [name = '-', ...rest] = words;
  const command = name.startsWith('-') ? undefined : program.commands[name];
  if (program.missing.includes(name)) throw new OneError(`The stand-in of OpenNebula does not implement ${programName} ${name} yet`);
  if (!command) {
    if (!name.startsWith('-')) console.error(`Command '${words.join(' ')}' not found`);
    print(overview(programName, program.commands, program.common));
    return 0;
  }
  const known = [...command.options, ...program.common];
  const { values, args } = parseOptions(known, rest);
  if (values.help || values.version) {
    print(values.help ? usage(name, command, program.common) : VERSION);
    return 0;
  }
  client.override(values);
  for (const option of known) {
    const value = values[option.name];
    if (option.resolve && typeof value === 'string') values[option.name] = await option.resolve(value, client);
  }
  // Without credentials nothing else is looked at.
  client.userName();
  const missing = tooFew(name, command, args);
  if (missing !== undefined) {
    console.error(missing);
    print(usage(name, command, program.common));
    return FAILED;
  }
  await command.run({ client, values, args: await readArguments(client, name, command, args), print });
  return 0;
}

/** Runs one program of OpenNebula's command line; returns its exit code. */
async function main(): Promise<number> {
  const [program = '', ...words] = process.argv.slice(2);
  const client = new Client();
  const lines: string[] = [];
  try {
    return await perform(client, basename(program), words, (text) => lines.push(text));
  } catch (error) {
    if (!(error instanceof OneError)) throw error;
    if (error instanceof OneErrorOnStdout) lines.push(error.message.replace(/\n$/, ''));
    else console.error(error.message);
    return FAILED;
  } finally {
    client.close();
    if (lines.length > 0) process.stdout.write(`${lines.join('\n')}\n`);
  }
}

// A reader that has seen enough is no error.
process.stdout.on('error', () => process.exit(0));
process.exitCode = await main();
