import { hostname, userInfo } from 'node:os';
import { execa } from 'execa';
import { redact } from '../report/redact.ts';
import { quote } from './quote.ts';
import { type Command, type CommandResult, MiB, type Shell, stopwatch } from './shell.ts';

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
    const [file, ...args] = command.argv;
    const result = await execa(file, args, {
      reject: false,
      stripFinalNewline: false,
      ...(command.stdin === undefined ? { stdin: 'ignore' } : { input: command.stdin }),
      env: { LC_ALL: 'C', ...command.env },
      maxBuffer: command.cap ?? MiB,
      timeout: command.deadline * 1000,
      forceKillAfterDelay: 2000,
      ...(this.#signal && { cancelSignal: this.#signal }),
    });
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
