import { hostname, userInfo } from 'node:os';
import { execa } from 'execa';
import { redact } from '../report/redact.ts';
import { quote } from './quote.ts';
import { type Command, type CommandResult, MiB, type Shell, stopwatch } from './shell.ts';

/** Milliseconds from the request to end to the end by force. */
const GRACE = 2000;

/** The machine we run on. */
export class LocalShell implements Shell {
  readonly machine = hostname();
  readonly account = userInfo().username;
  readonly #signal: AbortSignal | undefined;

  constructor(signal?: AbortSignal) {
    this.#signal = signal;
  }

  async run(command: Command): Promise<CommandResult> {
    const done = stopwatch(this, command.typed ?? quote(command.argv));
    if (this.#signal?.aborted) return done({ failure: { kind: 'interrupted', message: 'the run was interrupted' } });
    const [file, ...args] = command.argv;
    const running = execa(file, args, {
      reject: false,
      stripFinalNewline: false,
      ...(command.stdin === undefined ? { stdin: 'ignore' } : { input: command.stdin }),
      env: { LC_ALL: 'C', ...command.env },
      maxBuffer: command.cap ?? MiB,
      timeout: command.deadline * 1000,
      forceKillAfterDelay: GRACE,
      ...(this.#signal && { cancelSignal: this.#signal }),
    });
    // A child of the command may hold its pipes open long after it was ended; that one is not waited for.
    const letGo = () => {
      running.stdout?.destroy();
      running.stderr?.destroy();
    };
    const clock = setTimeout(letGo, command.deadline * 1000 + GRACE + 500);
    const interrupted = () => setTimeout(letGo, GRACE + 500).unref();
    this.#signal?.addEventListener('abort', interrupted, { once: true });
    const result = await running;
    clearTimeout(clock);
    this.#signal?.removeEventListener('abort', interrupted);
    const answer = {
      exitCode: result.exitCode ?? null,
      signal: result.signal ?? null,
      stdout: redact(String(result.stdout ?? '')),
      stderr: redact(String(result.stderr ?? '')),
      truncated: result.isMaxBuffer,
    };
    if (result.isCanceled) return done({ ...answer, failure: { kind: 'interrupted', message: 'the run was interrupted' } });
    if (result.timedOut) return done({ ...answer, failure: { kind: 'silent', message: `no answer within ${command.deadline} s` } });
    if (result.exitCode === undefined && result.signal === undefined && !result.isMaxBuffer) {
      return done({ ...answer, failure: { kind: 'not-started', message: result.shortMessage ?? `${file} could not be started` } });
    }
    return done(answer);
  }

  close(): void {}
}
