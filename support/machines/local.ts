import { hostname, userInfo } from 'node:os';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { redact } from '../outcome/secrets.ts';
import { OPEN_FOLDER } from '../suite.ts';
import { hopFrom } from './hop.ts';
import { quote } from './quote.ts';
import {
  type Command,
  type CommandResult,
  type Held,
  type HoldingShell,
  type Hop,
  localeOf,
  MiB,
  type Shell,
  stopped,
  stopwatch,
} from './shell.ts';
import { Deadline, listen } from './turns.ts';

/** Milliseconds from the request to end to the end by force. */
const GRACE = 2000;

/** Why a program is not started though nothing is wrong with it. Source: fork(2), pipe(2). */
const scarce = ['EMFILE', 'ENFILE', 'EAGAIN', 'ENOMEM'];

/** The commands that run, each the first process of a session: none outlives us. */
const sessions = new Set<number>();
process.on('exit', () => sessions.forEach(endSession));

function endSession(leader: number | undefined): void {
  if (leader === undefined) return;
  try {
    process.kill(-leader, 'SIGTERM');
  } catch {
    // It has ended.
  }
}

/** The account's name; its number where it has no entry in passwd, as in some containers. */
function ownName(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.());
  }
}

/** The machine we run on. */
export class LocalShell implements HoldingShell {
  readonly machine = hostname();
  readonly account = ownName();
  readonly #signal: AbortSignal | undefined;

  constructor(signal?: AbortSignal) {
    this.#signal = signal;
  }

  hop = (to: Hop): Shell => hopFrom(this, to);

  async run(command: Command): Promise<CommandResult> {
    const done = stopwatch(this, command.typed ?? quote(command.argv));
    if (this.#signal?.aborted) return done({ failure: stopped(this.#signal) });
    const [file, ...args] = command.argv;
    const { stdin = '', turn } = command;
    const running = execa(file, args, {
      cwd: OPEN_FOLDER,
      reject: false,
      stripFinalNewline: false,
      // A session of its own: a terminal that goes away takes none of it along, and Ctrl-C is ours to pass on.
      detached: true,
      ...(command.stdin === undefined ? { stdin: 'ignore' } : turn ? { stdin: 'pipe' } : { input: stdin }),
      env: { ...localeOf(command.argv), ...command.env },
      maxBuffer: command.cap ?? MiB,
      forceKillAfterDelay: GRACE,
      ...(this.#signal && { cancelSignal: this.#signal }),
    });
    // A child of the command may hold its pipes open long after it was ended; that one is not waited for.
    const letGo = () => {
      running.stdout?.destroy();
      running.stderr?.destroy();
    };
    if (running.pid !== undefined) sessions.add(running.pid);
    let isLate = false;
    let lettingGo: NodeJS.Timeout | undefined;
    const deadline = new Deadline(command.deadline, () => {
      isLate = true;
      running.kill('SIGTERM');
      lettingGo = setTimeout(letGo, GRACE + 500);
    });
    const interrupted = () => {
      endSession(running.pid);
      setTimeout(letGo, GRACE + 500).unref();
    };
    this.#signal?.addEventListener('abort', interrupted, { once: true });
    const listener = turn && listen(turn, { deadline, goOn: (text) => running.stdin?.end(text) });
    if (listener) {
      running.stdin?.on('error', () => undefined).write(stdin);
      running.stdout?.on('data', listener.hear);
    }
    const result = await running;
    deadline.stop();
    clearTimeout(lettingGo);
    listener?.ended();
    if (running.pid !== undefined) sessions.delete(running.pid);
    this.#signal?.removeEventListener('abort', interrupted);
    const answer = {
      exitCode: result.exitCode ?? null,
      signal: result.signal ?? null,
      stdout: redact(String(result.stdout ?? '')),
      stderr: redact(String(result.stderr ?? '')),
      truncated: result.isMaxBuffer,
    };
    // Ctrl-C ends the children, too, and sometimes before we hear of it.
    if (result.isCanceled || result.signal === 'SIGINT') return done({ ...answer, failure: stopped(this.#signal) });
    if (isLate) return done({ ...answer, failure: { kind: 'silent', message: `no answer within ${command.deadline} s` } });
    if (result.exitCode === undefined && result.signal === undefined && !result.isMaxBuffer) {
      const why = result.code && scarce.includes(result.code) ? ': too little is left of what this machine gives us, see ulimit -a' : '';
      return done({
        ...answer,
        failure: { kind: 'not-started', message: `${result.originalMessage ?? `${file} could not be started`}${why}` },
      });
    }
    return done(answer);
  }

  async hold(command: Command): Promise<Held> {
    const [file, ...args] = command.argv;
    // A group of its own: Ctrl-C on our terminal is not meant for it.
    const running = execa(file, args, {
      cwd: OPEN_FOLDER,
      reject: false,
      detached: true,
      buffer: false,
      stderr: 'ignore',
      env: { ...localeOf(command.argv), ...command.env },
    });
    running.stdin.on('error', () => undefined);
    const lines = createInterface({ input: running.stdout })[Symbol.asyncIterator]();
    const late = sleep(command.deadline * 1000, { done: true, value: undefined }, { ref: false });
    const { value } = await Promise.race([lines.next(), late]);
    const failure = value === undefined && { kind: 'not-started' as const, message: `${file} did not stay` };
    const release = async () => {
      running.stdin.end();
      await Promise.race([running, sleep(GRACE, undefined, { ref: false })]);
    };
    return { said: value ?? '', release, ...(failure && { failure }) };
  }

  close(): void {}
}
