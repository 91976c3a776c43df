import { randomBytes } from 'node:crypto';
import type { Evidence, Looked } from '../outcome/evidence.ts';
import { BUSY, DROPPED, spoken } from './openssh.ts';
import { quote } from './quote.ts';
import { type Command, type CommandResult, type Failure, inLocale, type Shell } from './shell.ts';
import { isLate, signalOf } from './timeout.ts';
import { firstLine } from './words.ts';

/** One question of a survey: a command whose answer is kept under a name. */
export interface Probe {
  readonly name: string;
  readonly argv: readonly [string, ...string[]];
  /** Seconds this one may take; a hung mount must not take the others down. One that has none is a script of the survey's own shell: `inline`. */
  readonly deadline?: number;
  /** A bash condition on `code`, `out` and `SECONDS`: exit code, stdout and end of the probe before. Of logins, SECONDS count from the first of them. */
  readonly when?: string;
  /** It logs in elsewhere, which machines do in turn: tried again when the connection is lost before the handshake, or another one is in its way. */
  readonly login?: boolean;
  /** The driver has a bash look it up: where the account exports a function of that name, it is that which runs. */
  readonly lookedUp?: boolean;
  /** How a person would type it, when that is shorter. */
  readonly typed?: string;
}

/** What one machine answered, or why it did not. */
export interface Survey {
  readonly machine: string;
  /** Why the machine could not be asked; undefined once it let us in. */
  readonly failure?: Failure;
  /** What the login itself printed on stdout, before the first answer and after the last. */
  readonly noise: string;
  readonly answers: ReadonlyMap<string, Evidence>;
  /** The whole conversation: what is shown when there is no answer to show. */
  readonly asked: CommandResult;
}

// A bash that takes itself for the first one behind sshd reads ~/.bashrc, and what that prints would stand in the answers: SHLVL tells it.
const prelude = (mark: string, sbin: boolean) => `
export LC_ALL=C SHLVL=9${sbin ? ' PATH="$PATH:/usr/sbin:/sbin"' : ''}
exec 4>&1
# Functions that the account exports: none of them is to change what this script does.
exported=$(declare -f)
if [ -n "$exported" ]; then names=$(declare -F) && names=\${names//declare -fx /} && unset -f $names; fi
mark() { printf '%s' ${mark}; }
now() { printf '%s' "\${EPOCHREALTIME:-$(date +%s.%N)}"; }
probe() {
  mark; printf '%s' "$1"; shift; mark; now; mark
  out=$("$@" </dev/null 2>&4); code=$?
  mark; printf '%s' "$out"; mark; printf '%s' "$code"; mark; now
}
# exec or patiently, timeout and its words, the program and its own.
lookedUp() {
  if [ -n "$exported" ]; then
    eval "$exported"; export -f $names; set -- "\${@:1:5}" bash -c '"$@"' bash "\${@:6}"
  fi
  "$@"
}
inline() { local script=$1; shift; eval "$script"; }
patiently() {
  local try text code waited=
  for try in 1 2 3; do
    { text=$(exec "$@" 2>&1 1>&5); } 5>&1; code=$?
    case $code,$text in
      0,*) break ;;
      *${quote([BUSY])}*) waited=${quote([BUSY])} ;;
      ${DROPPED.map((words) => `*${quote([words])}*`).join('|')}) ;;
      *) break ;;
    esac
    [ $try = 3 ] || sleep "$((try - 1)).$((RANDOM % 8 + 2))"
  done
  [ -z "$waited$text" ] || printf '%s\\n' "$text" \${waited:+"$waited"} >&2
  return $code
}
`;

/**
 * Asks a machine all its questions by one script over one connection. Writes nothing there. `sbin`: it looks for programs in /usr/sbin, too. `setup`: what its
 * bash is to know from the first login on, or from the beginning where there is none.
 */
export async function survey(
  shell: Shell,
  probes: readonly Probe[],
  options: { deadline: number; cap?: number; env?: Record<string, string>; setup?: string; sbin?: boolean },
): Promise<Survey> {
  const mark = `\u001e${randomBytes(8).toString('hex')}\u001e`;
  const lines = probes.map(({ name, argv, deadline, when, login, lookedUp }) => {
    // Without a process of its own for the shell that waits.
    const waits = [...(lookedUp ? ['lookedUp'] : []), login ? 'patiently' : 'exec', 'timeout', '-k', '2', String(deadline)];
    const words = deadline === undefined ? [] : waits;
    return `${when ? `${when} && ` : ''}probe ${[name, ...words].join(' ')} ${quoteArgv(inLocale(argv))}`;
  });
  const [begin, setup] = [[prelude(quote([mark]), options.sbin ?? true)], [options.setup ?? '']];
  const end = ['mark; printf done; mark', 'exit 0'];
  const [first, last] = [probes.findIndex(({ login }) => login), probes.findLastIndex(({ login }) => login)];
  const script =
    first < 0
      ? { stdin: text(begin, setup, lines, end) }
      : inTurn(text(begin, lines.slice(0, first)), text(begin, setup, lines.slice(first, last + 1)), text(lines.slice(last + 1), end));
  const told = await shell.run({
    argv: ['bash', '-s'],
    ...script,
    deadline: options.deadline,
    ...(options.cap !== undefined && { cap: options.cap }),
    ...(options.env && { env: options.env }),
    typed: probes.map((probe) => probe.typed ?? quote(probe.argv)).join('; '),
  });
  const { turn } = script;
  return read(turn ? { ...told, stdout: told.stdout.replace(turn.asks, '').replace(turn.ends, '') } : told, probes, mark);
}

const text = (...lines: readonly (readonly string[])[]): string => `${lines.flat().join('\n')}\n`;

/** A script with logins in its middle, which are for when it is its turn: a bash of their own reads them then. */
function inTurn(before: string, logins: string, after: string): Pick<Command, 'stdin' | 'turn'> {
  const [asks, ends] = [`\u001d${randomBytes(8).toString('hex')}\u001d`, `\u001d${randomBytes(8).toString('hex')}\u001d`];
  const say = (words: string) => text([`printf '%s' ${quote([words])}`]);
  return { stdin: `${before}${say(asks)}exit 0\n`, turn: { asks, ends, rest: `${logins}${say(ends)}${after}` } };
}

/** Words that start with a bash expansion we mean, such as "$known", are written by `expand`. */
function quoteArgv(argv: readonly string[]): string {
  return argv.map((word) => (word.startsWith(EXPAND) ? word.slice(EXPAND.length) : quote([word]))).join(' ');
}

const EXPAND = '\u0000expand:';
/** A word of a probe that bash is to expand: give it quoted as it should stand in the script. */
export const expand = (word: string): string => EXPAND + word;

/** Reads the answers off a script's output. What came before the first mark, and after the last, is the login's own noise. */
export function read(asked: CommandResult, probes: readonly Probe[], mark: string): Survey {
  const [before = '', ...fields] = asked.stdout.split(mark);
  const noise = [before];
  const answers = new Map<string, Evidence>();
  for (let at = 0; at + 5 < fields.length; at += 6) {
    const [name = '', start = '', stderr = '', stdout = '', code = '', last = ''] = fields.slice(at, at + 6);
    const probe = probes.find((candidate) => candidate.name === name);
    // What does not read as an answer leaves nothing to trust in what follows.
    if (!probe || answers.has(name) || !/^(0|[1-9]\d{0,2})$/.test(code)) break;
    const exitCode = Number(code);
    const began = secondsIn(start);
    // What was printed between two answers stands behind the end of the first.
    const end = /^[\d.]*/.exec(last)?.[0] ?? '';
    noise.push(last.slice(end.length));
    answers.set(name, {
      machine: asked.machine,
      account: asked.account,
      command: probe.typed ?? quote(probe.argv),
      exitCode,
      signal: signalOf({ exitCode }),
      stdout,
      stderr,
      startedAt: began === undefined ? asked.startedAt : new Date(began * 1000).toISOString(),
      seconds: began === undefined ? asked.seconds : (secondsIn(end) ?? began) - began,
      truncated: asked.truncated,
    });
  }
  return {
    machine: asked.machine,
    noise: fields.length > 0 ? noise.join('') + (fields.at(-2) === 'done' ? fields.at(-1) : '') : '',
    answers,
    asked,
    // Of one that we did not wait for, what came so far tells nothing of the rest.
    ...(asked.failure && (answers.size === 0 || asked.failure.kind === 'interrupted') && { failure: asked.failure }),
  };
}

/** What a machine said to one question: `parse` gives the value, undefined where the answer is none. */
export function answerTo<T>(
  { machine, answers, asked, failure }: Survey,
  question: string,
  parse: (answer: Evidence) => T | undefined,
): Looked<T> {
  const answer = answers.get(question);
  if (!answer) {
    const found = failure?.message ?? (firstLine(spoken(asked.stderr)) || `exit ${asked.exitCode}`);
    if (asked.failure?.kind === 'interrupted') return { fault: asked.failure.message, fix: 'Run it again.', evidence: [asked] };
    return { fault: `no answer (${found})`, fix: `Log in and look whether bash runs there: ssh ${machine}`, evidence: [asked] };
  }
  const value = parse(answer);
  if (value !== undefined) return { value, evidence: [answer] };
  const said = firstLine(answer.stderr || answer.stdout);
  const found = isLate(answer) ? `none within ${Math.round(answer.seconds)} s` : `exit ${answer.exitCode}${said && `: ${said}`}`;
  return { fault: `no answer (${answer.command}: ${found})`, fix: `Log in and look: ssh ${machine}`, evidence: [answer] };
}

/** Seconds since the epoch, as bash and date tell them. */
function secondsIn(text: string): number | undefined {
  return /^\d{1,11}(\.\d+)?$/.test(text) ? Number(text) : undefined;
}
