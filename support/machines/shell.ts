import type { Evidence } from '../outcome/outcome.ts';
import type { ShownKey } from './openssh.ts';

/** Where commands of this machine start: the folder that we were started in may be closed to the account, as root's home is after "sudo -u oneadmin". */
export const OPEN_FOLDER = '/';

/** What to run: an argv, never a string glued together. */
export interface Command {
  readonly argv: readonly [string, ...string[]];
  /** What it reads on standard input; closed when absent. */
  readonly stdin?: string;
  /** Added to the environment; LC_ALL=C always is. */
  readonly env?: Readonly<Record<string, string>>;
  /** Seconds after which it is ended on the far side and no longer waited for here. */
  readonly deadline: number;
  /** Bytes of stdout, and of stderr, that are kept. Default 1 MiB. */
  readonly cap?: number;
  /** How a person would type it, when that is shorter than the argv. */
  readonly typed?: string;
  /** A file on the machine we come from that gets its stdout; for a machine reached by a hop. */
  readonly into?: string;
}

/** Why a command's answer is not an answer of the machine it was meant for. */
export interface Failure {
  /**
   * silent: no answer within the deadline. lost: the connection broke. refused: the way in is closed to us, and was said to be.
   * stuck: let in, but the command did not end within its deadline, or the connection broke meanwhile. not-started: nothing to run. interrupted: we gave up.
   */
  readonly kind: 'silent' | 'lost' | 'refused' | 'stuck' | 'not-started' | 'interrupted';
  readonly message: string;
}

export interface CommandResult extends Evidence {
  readonly failure?: Failure;
  /** The host key the machine showed, where the last leg to it was an OpenSSH client's. */
  readonly hostKey?: ShownKey;
}

/** A machine. Everything the suite learns, it learns by running a command on one. */
export interface Shell {
  readonly machine: string;
  readonly account: string;
  /** Never rejects: what went wrong is in the result. */
  run(command: Command): Promise<CommandResult>;
  close(): void;
}

/** A command that stays until it is let go, or until we are gone: then its standard input ends. */
export interface Held {
  /** The first line it printed; empty when it printed none in time. */
  readonly said: string;
  readonly failure?: Failure;
  /** Ends its standard input, and waits for its end, a few seconds at most. */
  release(): Promise<void>;
}

/** A machine on which a command can stay while others run. */
export interface HoldingShell extends Shell {
  /** Starts a command that outlives an interruption of the run. Never rejects. */
  hold(command: Command): Promise<Held>;
}

/** The failure of whatever was under way when the run was stopped. */
export const stopped = (signal: AbortSignal | undefined): Failure => ({ kind: 'interrupted', message: String(signal?.reason) });

export const MiB = 1024 * 1024;

/** Times a command and gives its result the fields that all shells fill alike. */
export function stopwatch(shell: Pick<Shell, 'machine' | 'account'>, command: string): (answer: Partial<CommandResult>) => CommandResult {
  const startedAt = new Date();
  return (answer) => ({
    machine: shell.machine,
    account: shell.account,
    command,
    exitCode: null,
    signal: null,
    stdout: '',
    stderr: '',
    truncated: false,
    startedAt: startedAt.toISOString(),
    seconds: (Date.now() - startedAt.getTime()) / 1000,
    ...answer,
  });
}
