/** Stands in for OpenNebula's command line: `node cli.ts onedatastore list -x`, and so for every program in commands.ts. */
import { statSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { Client } from './client.ts';
import { type Command, type Given, idsOf, understood } from './command.ts';
import { PROGRAMS } from './commands.ts';
import { OneError, OneErrorOnStdout } from './tree.ts';

const FAILED = 255;

/** Splits words into options and arguments, with the complaints of Ruby's OptionParser. */
function parse(known: NonNullable<Command['options']>, words: string[]): { given: Given; args: string[] } {
  const { tokens } = parseArgs({ args: words, options: known, strict: false, allowPositionals: true, tokens: true });
  const given: Given = {};
  for (const token of tokens) {
    if (token.kind !== 'option') continue;
    const option = known[token.name];
    if (!option) throw new OneError(`invalid option: ${token.rawName}`);
    if (option.type === 'string' && token.value === undefined) throw new OneError(`missing argument: ${token.rawName}`);
    if (option.type === 'boolean' && token.value !== undefined) throw new OneError(`needless argument: ${token.rawName}=${token.value}`);
    if (option.number && !/^[+-]?\d+$/.test(token.value ?? '')) throw new OneError(`invalid argument: ${token.rawName} ${token.value}`);
    given[token.name] = token.value ?? 'yes';
  }
  return { given, args: tokens.flatMap((token) => (token.kind === 'positional' ? [token.value] : [])) };
}

/** Throws unless there are as many arguments as the command takes. */
function count(name: string, formats: string[], args: string[]): void {
  const needed = formats.filter((format) => !format.endsWith('?')).length;
  if (args.length < needed)
    throw new OneError(`Command ${name} requires ${needed > 1 ? `${formats.length} parameters to run.` : 'one parameter to run'}`);
  if (args.length <= formats.length) return;
  const shown = formats.map((format) => (format.endsWith('?') ? `[${format.slice(0, -1)}]` : `<${format}>`)).join(' ');
  throw new OneError(`Wrong number of arguments\n${shown === '' ? 'No argument is required' : `The arguments should be: ${shown}`}`);
}

/** Options that every command has: as whom oned is called. */
const WHO = { user: { type: 'string' }, password: { type: 'string' } } as const;

/** Runs a command; what it prints. */
async function perform([program = '', name = '', ...words]: string[]): Promise<string> {
  const commands = PROGRAMS[program];
  const command = commands?.[name];
  if (!command) {
    const others = commands ? `, but: ${Object.keys(commands).join(', ')}` : '';
    throw new OneError(`The stand-in for OpenNebula has no command "${program} ${name}"${others}`);
  }
  const { given, args } = parse({ ...WHO, ...command.options }, words.map(understood));
  const formats = command.args?.split(' ') ?? [];
  // Without credentials nothing else is looked at.
  const client = new Client(given.user === undefined ? undefined : `${given.user}:${given.password ?? ''}`);
  count(name, formats, args);
  const ids = await idsOf(client, formats[0] ?? '', args[0]);
  const rest = ids.length > 0 ? args.slice(1) : args;
  for (const [index, word] of args.entries())
    if (formats[index] === 'file?' && !statSync(word, { throwIfNoEntry: false })?.isFile())
      throw new OneError(`command ${name}: argument ${index} must be one of file, `);
  return command.run({ client, given, ids, rest });
}

// A reader that has seen enough is no error.
process.stdout.on('error', () => process.exit(0));
try {
  const said = await perform(process.argv.slice(2));
  if (said !== '') process.stdout.write(`${said}\n`);
} catch (error) {
  if (!(error instanceof OneError)) throw error;
  if (error instanceof OneErrorOnStdout) process.stdout.write(`${error.message.replace(/\n$/, '')}\n`);
  else console.error(error.message);
  process.exitCode = FAILED;
}
