import type { Evidence } from '../outcome/evidence.ts';
import { INTERRUPTED } from '../outcome/judgement.ts';
import type { Turn } from './turns.ts';

/** What to run: an argv, never a string glued together. */
export interface Command {
  readonly argv: readonly [string, ...string[]];
  /** What it reads on standard input; closed when absent. */
  readonly stdin?: string;
  /** A step of it that it takes in turn with other machines. While it waits for that its deadline does not run. */
  readonly turn?: Turn;
  /** Added to the environment; LC_ALL always is. */
  readonly env?: Readonly<Record<string, string>>;
  /** Seconds after which it is ended on the far side and no longer waited for here. */
  readonly deadline: number;
  /** Bytes of stdout, and of stderr, that are kept. Default 1 MiB. */
  readonly cap?: number;
  /** How a person would type it, when that is shorter than the argv. */
  readonly typed?: string;
  /** A file on the machine we come from that gets its stdout; for a machine reached by a hop. */
  readonly into?: string;
  /** Its stderr as it is, and without what a client of ours said that logged in for it. */
  readonly verbatim?: boolean;
}

/**
 * What an OpenSSH client's words come to (openssh.ts), where there is something of its own to do about it. denied: our key is not accepted.
 * host-key: the host key is not the known one, or none is known. port-closed: nobody listens there. no-commands: let in, and the account runs
 * none. dropped: the connection broke before the handshake; the server may be busy, so asking again is fair.
 */
export type Reason = 'denied' | 'host-key' | 'port-closed' | 'unknown-name' | 'no-commands' | 'dropped';

/** Why a command's answer is not an answer of the machine it was meant for. */
export interface Failure {
  /**
   * silent: no answer within the deadline. lost: the connection broke. refused: the way in is closed to us, and was said to be.
   * stuck: let in, but the command did not end within its deadline, or the connection broke meanwhile. not-started: nothing to run. interrupted: we gave up.
   */
  readonly kind: 'silent' | 'lost' | 'refused' | 'stuck' | 'not-started' | 'interrupted';
  readonly reason?: Reason;
  readonly message: string;
  /** The name that is not known; it may be that of a machine on the way. */
  readonly name?: string;
}

/** The host key a machine showed to another, as an OpenSSH client tells. */
export interface ShownKey {
  /** As in known_hosts: ssh-ed25519. */
  readonly type: string;
  /** SHA256:… */
  readonly fingerprint: string;
  /** Where it was let in; undefined where it was not, or by way of a proxy. */
  readonly address?: string;
  /** stored: it is the known one. new: none was known, and the settings let that pass. refused: another one is known, or none and the settings ask for one. */
  readonly standing: 'stored' | 'new' | 'refused';
}

export interface CommandResult extends Evidence {
  readonly failure?: Failure;
  /** The host key the machine showed, where the last leg to it was an OpenSSH client's. */
  readonly hostKey?: ShownKey;
}

/** The next machine, and how to log in to it. */
export interface Hop {
  /** As OpenNebula names the machine; ssh gets it as it is. */
  readonly host: string;
  /** Left out where OpenNebula leaves it out. */
  readonly user?: string;
  /** Seconds to wait for the far sshd's first words. */
  readonly connectTimeout: number;
  readonly forwardAgent?: boolean;
  /** The socket of the agent whose key is used, on the machine we come from. */
  readonly agent?: string;
  /** Offer that agent's keys only, none of the machine's own nor of another agent that its settings name. */
  readonly agentOnly?: boolean;
  /** Be shown a host key of this type, as in known_hosts. */
  readonly keyType?: string;
}

/** A machine. Everything the suite learns, it learns by running a command on one. */
export interface Shell {
  readonly machine: string;
  readonly account: string;
  /** Never rejects: what went wrong is in the result. */
  run(command: Command): Promise<CommandResult>;
  /** The next machine, reached by the OpenSSH client of this one: its settings, its known_hosts, its keys. */
  hop(to: Hop): Shell;
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
  close(): void;
}

/** The failure of whatever was under way when the run was stopped. */
export const stopped = (signal: AbortSignal | undefined): Failure => ({
  kind: 'interrupted',
  message: String(signal?.reason ?? INTERRUPTED),
});

export const MiB = 1024 * 1024;

/**
 * All is asked in C, but OpenNebula's command line: there it refuses names that are not ASCII (“invalid byte sequence in US-ASCII”). Where a
 * machine has no C.UTF-8, that is C.
 */
export const localeOf = ([program = '']: readonly string[]): { readonly LC_ALL: string } => ({
  LC_ALL: /^one[a-z]+$/.test(program) ? 'C.UTF-8' : 'C',
});

/** The same command, to be started by another one. */
export function inLocale(argv: readonly string[]): readonly string[] {
  const { LC_ALL } = localeOf(argv);
  return LC_ALL === 'C' ? argv : ['env', `LC_ALL=${LC_ALL}`, ...argv];
}

/** What env(1) takes to set a command's variables. */
export const variables = ({ env, argv }: Pick<Command, 'env' | 'argv'>): string[] =>
  Object.entries({ ...localeOf(argv), ...env }).map(([name, value]) => `${name}=${value}`);

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
