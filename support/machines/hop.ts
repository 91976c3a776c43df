import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  acceptedKey,
  algorithmsOf,
  clientFailure,
  cutOff,
  destinationOf,
  loginTo,
  shownKey,
  spoken,
  wasLetIn,
  withoutCommand,
  withoutDebug,
} from './openssh.ts';
import { quote, quoteWord } from './quote.ts';
import { type Command, type CommandResult, type Failure, type Hop, type Shell, variables } from './shell.ts';
import { isLate, timed } from './timeout.ts';
import { inTurn } from './turns.ts';

/** The next machine, reached by the OpenSSH client of the one before. */
export function hopFrom(from: Shell, to: Hop): Shell {
  /** Tells the far machine's answer from one of the ssh client: it is printed by the far machine, once the login stands. */
  const entered = `entered-${randomBytes(8).toString('hex')}`;
  const shell: Shell = {
    machine: to.host,
    account: to.user ?? from.account,
    hop: (next) => hopFrom(shell, next),
    async run(command) {
      // A login that is lost before the handshake is tried again, at most three times in all.
      for (let attempt = 1; ; attempt += 1) {
        const result = await once(command);
        const dropped = result.failure?.kind === 'lost' && result.failure.reason === 'dropped';
        if (!dropped || attempt === 3) return result;
        await sleep((attempt - 1) * 1000 + 200 + Math.random() * 800);
      }
    },
  };

  async function once(command: Command): Promise<CommandResult> {
    const { argv, deadline, stdin, turn, cap, into, typed, verbatim } = command;
    const { connectTimeout, forwardAgent, agent, agentOnly, keyType } = to;
    // Not by a sh of ours: what the account exports, functions included, reaches the command as it reaches the driver's.
    const run = quote(['env', ...variables(command), ...timed(deadline, argv)]);
    const far = `${quote(['sh', '-c', `echo ${entered} >&2`])}; ${turn ? inTurn(run) : run}`;
    const login = loginTo(to, far);
    const key = keyType === undefined ? '' : `-o HostKeyAlgorithms=${algorithmsOf(keyType)} `;
    const options = `${forwardAgent ? '-A ' : ''}${agentOnly ? '-o IdentityFile=none ' : ''}${key}`;
    const target = into === undefined ? '' : ` > ${quoteWord(into)}`;
    const asked = await from.run({
      argv: into === undefined ? login : ['sh', '-c', 'exec > "$0"; exec "$@"', into, ...login],
      ...(stdin !== undefined && { stdin }),
      ...(turn && { turn }),
      ...(agent !== undefined && { env: { SSH_AUTH_SOCK: agent } }),
      deadline: deadline + connectTimeout + 5,
      verbatim: true,
      ...(cap !== undefined && { cap }),
      typed: `ssh ${options}${quoteWord(destinationOf(to))} ${quoteWord(typed ?? quote(argv))}${target}`,
    });
    const said = withoutCommand(asked.stderr, far);
    const [before = '', ...after] = said.split(`${entered}\n`);
    const hostKey = shownKey(said);
    // The key that the machine before showed is not this one's.
    const { failure: unheard, hostKey: _before, ...heard } = asked;
    const answer = {
      ...heard,
      ...(hostKey && { hostKey }),
      stderr: verbatim ? after.join('') : withoutDebug(before + after.join('')),
      machine: shell.machine,
      account: shell.account,
      typedOn: { machine: asked.machine, account: asked.account },
    };
    if (after.length === 0) return { ...answer, failure: notLetIn({ ...asked, stderr: said }) };
    // What the machine's settings name in so many words is offered, too, once the agent's keys were all turned down.
    if (agentOnly && acceptedKey(said) === 'file') return { ...answer, failure: byFile(said) };
    // Where it has to use force, `timeout` goes with what it ends, and the client knows of a signal only.
    const forced = asked.exitCode === 255 && asked.seconds >= deadline && /rtype exit-signal/.test(asked.stderr);
    if (unheard?.kind === 'silent' || isLate(asked) || forced)
      return { ...answer, failure: { kind: 'stuck', message: `no answer within ${deadline} s` } };
    // What ended the way here is not the far machine's doing.
    if (unheard) return { ...answer, failure: unheard };
    const cut = asked.exitCode === 255 ? cutOff(answer.stderr) : undefined;
    return { ...answer, ...(cut && { failure: cut }) };
  }

  return shell;
}

/** Why the far machine did not let us in. When the machine before it failed us, that is not the far one's doing. */
function notLetIn({ failure, stderr, stdout, exitCode }: CommandResult): Failure {
  if (failure && failure.kind !== 'silent')
    return { kind: failure.kind === 'interrupted' ? 'interrupted' : 'lost', message: failure.message };
  const ended = `exit ${exitCode}: ${stdout.trim() || spoken(stderr)}`;
  // What is said once it was let in is the far side's word, whatever it sounds like.
  if (wasLetIn(stderr) && exitCode !== 255)
    return failure ?? { kind: 'refused', reason: 'no-commands', message: `logged in, but the account runs no commands (${ended})` };
  return clientFailure(stderr, exitCode) ?? failure ?? { kind: 'not-started', message: `no login was tried (${ended})` };
}

/** No key of the agent was accepted: a file of the machine's own was. */
function byFile(stderr: string): Failure {
  const [, file = 'a key file'] = /^debug1: Server accepts key: (.*?) \S+ SHA256:/m.exec(stderr) ?? [];
  return { kind: 'refused', reason: 'denied', message: `logged in with ${file}, not with a key of the agent` };
}
