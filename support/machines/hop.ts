import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  clientFailure,
  clientOptions,
  cutOff,
  LOST,
  readOnlySsh,
  shownKey,
  spoken,
  wasLetIn,
  withoutCommand,
  withoutDebug,
} from './openssh.ts';
import { quote, quoteWord } from './quote.ts';
import type { Command, CommandResult, Failure, Shell } from './shell.ts';

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
}

/** Tells the far machine's answer from one of the ssh client: it is printed by the far machine, once the login stands. */
const entered = `entered-${randomBytes(8).toString('hex')}`;

/** The next machine, reached by the OpenSSH client of the one before: its settings, its known_hosts, its keys. */
export class HopShell implements Shell {
  readonly machine: string;
  readonly account: string;
  readonly #from: Shell;
  readonly #hop: Hop;

  constructor(from: Shell, hop: Hop) {
    this.machine = hop.host;
    this.account = hop.user ?? from.account;
    this.#from = from;
    this.#hop = hop;
  }

  /** Runs it there; a login that is lost before the handshake is tried again, at most three times in all. */
  async run(command: Command): Promise<CommandResult> {
    for (let attempt = 1; ; attempt += 1) {
      const result = await this.#once(command);
      const lost = result.failure?.kind === 'lost' && LOST.some((saying) => result.failure?.message.includes(saying));
      if (!lost || attempt === 3) return result;
      await sleep(200 + Math.random() * 800);
    }
  }

  async #once(command: Command): Promise<CommandResult> {
    const { host, user, connectTimeout, forwardAgent, agent, agentOnly } = this.#hop;
    const destination = user === undefined ? host : `${user}@${host}`;
    const options = [
      ...clientOptions(connectTimeout),
      ...(forwardAgent ? ['-o', 'ForwardAgent=yes'] : []),
      ...(agentOnly ? ['-o', 'IdentityFile=none', '-o', 'IdentitiesOnly=no', '-o', 'IdentityAgent=SSH_AUTH_SOCK'] : []),
    ];
    const env = Object.entries({ LC_ALL: 'C', ...command.env }).map(([name, value]) => `${name}=${value}`);
    const far = quote([
      ...['sh', '-c', `echo ${entered} >&2; export ${quote(env)}; exec "$@"`, 'sh'],
      ...['timeout', '-k', '2', '-s', 'TERM', String(command.deadline), ...command.argv],
    ]);
    const login = ['sh', '-c', readOnlySsh, 'ssh', destination, ...options, '--', destination, far] as const;
    const { into } = command;
    const argv = into === undefined ? login : (['sh', '-c', 'exec > "$0"; exec "$@"', into, ...login] as const);
    const asked = await this.#from.run({
      argv,
      ...(command.stdin !== undefined && { stdin: command.stdin }),
      ...(agent !== undefined && { env: { SSH_AUTH_SOCK: agent } }),
      deadline: command.deadline + connectTimeout + 5,
      ...(command.cap !== undefined && { cap: command.cap }),
      typed: `ssh ${forwardAgent ? '-A ' : ''}${agentOnly ? '-o IdentityFile=none ' : ''}${quoteWord(destination)} ${quoteWord(command.typed ?? quote(command.argv))}${into === undefined ? '' : ` > ${quoteWord(into)}`}`,
    });
    const said = withoutCommand(asked.stderr, far);
    const [before, ...after] = said.split(`${entered}\n`);
    const hostKey = shownKey(said);
    const { failure, ...answer } = {
      ...asked,
      ...(hostKey && { hostKey }),
      stderr: withoutDebug((before ?? '') + after.join('')),
      machine: this.machine,
      account: this.account,
      typedOn: { machine: asked.machine, account: asked.account },
    };
    if (after.length > 0) {
      // Where it has to use force, `timeout` goes with what it ends, and the client knows of a signal only.
      const forced = asked.exitCode === 255 && asked.seconds >= command.deadline && /rtype exit-signal/.test(asked.stderr);
      const late = failure?.kind === 'silent' || asked.exitCode === 124 || asked.exitCode === 137 || forced;
      if (late) return { ...answer, failure: { kind: 'stuck', message: `no answer within ${command.deadline} s` } };
      const cut = asked.exitCode === 255 ? cutOff(answer.stderr) : undefined;
      return { ...answer, ...(cut && { failure: cut }) };
    }
    return { ...answer, failure: notLetIn({ ...asked, stderr: said }) };
  }

  close(): void {}
}

/** How the message begins where the far sshd took our key, and no command was run after that. */
export const LET_IN = 'let in';

/** Why the far machine did not let us in. When the machine before it failed us, that is not the far one's doing. */
function notLetIn(asked: CommandResult): Failure {
  if (asked.failure && asked.failure.kind !== 'silent')
    return { ...asked.failure, kind: asked.failure.kind === 'interrupted' ? 'interrupted' : 'lost' };
  const said = clientFailure(asked.stderr) ?? asked.failure;
  if (said) return said;
  if (asked.exitCode === 255) return { kind: 'lost', message: spoken(asked.stderr) || 'ssh ended with 255 and said nothing' };
  const ended = `exit ${asked.exitCode}: ${asked.stdout.trim() || spoken(asked.stderr)}`;
  if (wasLetIn(asked.stderr)) return { kind: 'refused', message: `${LET_IN}, but the account runs no commands (${ended})` };
  return { kind: 'not-started', message: `no login was tried (${ended})` };
}
