import { styleText } from 'node:util';
import { type Action, isToDo, type Outcome } from '../outcome/outcome.ts';
import { cleaned, scrub } from '../outcome/secrets.ts';
import type { Requirement, VerdictFile } from '../verdict/schema.ts';
import { scopeLines } from './scope.ts';
import { said } from './words.ts';

type Style = Parameters<typeof styleText>[0];

const words: Readonly<Record<Outcome, readonly [word: string, style: Style]>> = {
  met: ['met', 'green'],
  'not-met': ['NOT MET', 'red'],
  undetermined: ['UNDETERMINED', 'yellow'],
  blocked: ['blocked', 'yellow'],
  'not-applicable': ['not applicable', 'gray'],
  waived: ['waived', 'cyan'],
};

const verdicts = {
  compliant: ['COMPLIANT', 'green'],
  'not-compliant': ['NOT COMPLIANT', 'red'],
  undetermined: ['UNDETERMINED', 'yellow'],
  'nothing-evaluated': ['NOTHING EVALUATED', 'yellow'],
} as const;

/** The verdict as a table a person reads in ten seconds: one line each, what to do below those that want doing, the sum last. */
export function toTable(told: VerdictFile, { report, remarks }: { report: string; remarks: readonly string[] }, width: number): string {
  const file = cleaned(told, printable);
  const { cloud, profile, onlySubject, verdict, exitCode, requirements, runFaults = [], waiverNotes = [], actions = [], scope } = file;
  const [word, style] = verdicts[verdict];
  const lines = requirements.flatMap((requirement) => row(requirement, file.startedAt, width));
  const sum = Object.entries(words)
    .map(([outcome, [name]]) => [requirements.filter((requirement) => requirement.outcome === outcome).length, name.toLowerCase()] as const)
    .filter(([count]) => count > 0)
    .map(([count, name]) => `${count} ${name}`);
  return [
    '',
    `${profile} of ${cloud.name}, front-end ${cloud.frontend}${onlySubject === undefined ? '' : `; only ${onlySubject} was judged, nothing is said of the others`}`,
    '',
    ...lines,
    ...runFaults.flatMap((fault) => wrap(`The run itself: ${fault}`, Math.max(width, 40)).map((line) => styleText('yellow', line))),
    ...waiverNotes.flatMap((note) => wrap(note, Math.max(width, 40)).map((line) => styleText('cyan', line))),
    ...(scope ? ['', ...scopeLines(scope).flatMap((line) => wrap(line, Math.max(width, 40)))] : []),
    ...toLines(actions, profile, Math.max(width, 40)),
    '',
    `${styleText(['bold', style], word)}  ${sum.join(', ') || 'no requirement was looked at'} (exit ${exitCode})`,
    `Report: ${printable(report)}`,
    ...remarks.flatMap((remark) => wrap(remark, Math.max(width, 40))),
    '',
  ].join('\n');
}

const states = { changed: 'Done', undone: 'Removed again', left: 'Still there' } as const;

/** What the run changed on the machines, a line each. */
function toLines(actions: readonly Action[], profile: string, width: number): string[] {
  if (actions.length === 0) return profile === 'setup' ? ['', 'Nothing was changed on any machine.'] : [];
  const lines = actions.flatMap(({ what, state }) => {
    const [first = '', ...rest] = wrap(`${states[state]}: ${what}`, width);
    const shown = [first, ...rest.map((line) => `  ${line}`)];
    return state === 'left' ? shown.map((line) => styleText('yellow', line)) : shown;
  });
  return ['', ...lines];
}

const indent = ' '.repeat(25);
const worstFirst: readonly Outcome[] = ['not-met', 'undetermined', 'blocked', 'waived'];
/** How many subjects of one requirement are told of here; the report tells of all. */
const TOLD = 8;

function row(requirement: Requirement, startedAt: string, width: number): string[] {
  const { id, title, outcome, since = '', subjects = [] } = requirement;
  const [word, style] = words[outcome];
  const room = Math.max(width - indent.length, 40);
  const lasting = isToDo(outcome) && since < startedAt && since !== '';
  const [first = '', ...rest] = wrap(lasting ? `${title} (since ${since.slice(0, 10)})` : title, room);
  const head = [`${id}  ${styleText(style, word.padEnd(14))}  ${first}`, ...rest.map((line) => indent + line)];
  if (outcome === 'met') return head;
  const concerned = worstFirst.flatMap((kind) => subjects.filter((subject) => subject.outcome === kind));
  const all = concerned.length > 0 ? [...new Set(concerned.map(said))] : [said(requirement)];
  const told = all.length > TOLD ? [...all.slice(0, TOLD), `… and ${all.length - TOLD} more, see the report.`] : all;
  return [...head, ...told.flatMap((text) => wrap(text, room).map((line) => styleText('dim', indent + line)))];
}

/** Breaks at blanks; a word longer than the line stays whole, so that a command can be copied. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of printable(text).trim().split(/ +/)) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return line === '' ? lines : [...lines, line];
}

/**
 * A text in one line that steers no terminal: without control characters, those of C1 included, and without those that turn the direction of
 * writing. Whatever a machine, a file or a person named it.
 */
export function printable(text: string): string {
  return text.replace(/[\t\n\v\f\r\u0085\u2028\u2029]+/g, ' ').replace(/[\p{Cc}\p{Bidi_Control}]/gu, '\ufffd');
}

const ESCAPE = '\u001b';
/** What we steer a terminal by ourselves. */
const OURS = new RegExp(`(${ESCAPE}\\[[\\d;]*m|\n)`);

/**
 * The one way to the terminal: no secret that was seen is shown there, and nothing steers it but our colours and ends of lines. What cannot
 * be written is lost, see `outliveTerminal`.
 */
export function print(text: string, to: NodeJS.WritableStream = process.stdout): void {
  const pieces = scrub(text).split(OURS);
  to.write(pieces.map((piece, at) => (at % 2 === 1 ? piece : printable(piece))).join(''));
}

/** Says what keeps a command from running. What follows the first line is set apart: no name in it passes for a line of ours. */
export function complain(message: string): void {
  print(`${message.trim().split('\n').map(printable).join('\n  ')}\n`, process.stderr);
}

const CLEARED = `\r${ESCAPE}[2K`;

/** Where the run is: overwritten on a terminal, a line each in a log. Without a line: that it has ended. */
export function showProgress(line?: string): void {
  const { isTTY, columns } = process.stderr;
  const shown = line === undefined ? '' : printable(scrub(line));
  if (isTTY) process.stderr.write(`${CLEARED}${shown.slice(0, columns - 1)}`);
  else if (line !== undefined) process.stderr.write(`${shown}\n`);
}

/**
 * From now on output that cannot be written changes nothing: not where a disk is full, a reader has ended (`| head -1`), or the terminal
 * went away. A run goes on to its end, and cleans up. Once is enough.
 */
export function outliveTerminal(): void {
  for (const stream of [process.stdout, process.stderr]) if (!stream.listeners('error').includes(ignore)) stream.on('error', ignore);
  if (!process.listeners('SIGHUP').includes(ignore)) process.on('SIGHUP', ignore);
}
const ignore = () => undefined;
