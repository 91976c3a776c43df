import { acceptedKey, clientFailure, shownKey, spoken, wasLetIn, withoutDebug } from '../machines/openssh.ts';
import type { CommandResult, Failure, ShownKey } from '../machines/shell.ts';
import { isLate } from '../machines/timeout.ts';
import type { Evidence } from '../outcome/evidence.ts';

/** How a login to a machine went: let in, or why not. */
export interface Login {
  /** The machine that logs in. */
  readonly from: string;
  /** The machine that is to let it in. */
  readonly to: string;
  /** Undefined when it was let in. */
  readonly failure?: Failure;
  /** The host key that `to` showed; undefined when no key exchange came about. */
  readonly hostKey?: ShownKey;
  /** Whose key let it in: an agent's, or its own, which lies in a file; undefined where the client does not tell. */
  readonly key?: 'agent' | 'file';
  readonly evidence: readonly Evidence[];
}

/** The login that a command's answer came by. */
export const loginOf = (answer: CommandResult, from: string, to: string): Login => ({
  from,
  to,
  evidence: [answer],
  ...(answer.failure && { failure: answer.failure }),
  ...(answer.hostKey && { hostKey: answer.hostKey }),
});

/**
 * Reads a login off the answer of a verbose ssh client, started by itself or by rsync. It was let in where the client says so, or where
 * what the other side printed proves it; that a program ended well proves nothing.
 */
export function readLogin(from: string, to: string, answer: Evidence, proof: RegExp): Login {
  const hostKey = shownKey(answer.stderr);
  const stderr = withoutDebug(answer.stderr);
  const failure = wasLetIn(answer.stderr) || proof.test(answer.stdout) ? undefined : failureOf(answer);
  const key = failure ? undefined : acceptedKey(answer.stderr);
  return { from, to, evidence: [{ ...answer, stderr }], ...(failure && { failure }), ...(hostKey && { hostKey }), ...(key && { key }) };
}

function failureOf({ exitCode, stderr }: Evidence): Failure {
  const said = clientFailure(stderr, exitCode);
  if (said) return said;
  if (isLate({ exitCode })) return { kind: 'silent', message: 'no answer in time' };
  return { kind: 'not-started', message: spoken(stderr).split('\n').at(-1) || `exit ${exitCode}, and no login` };
}

/** What there is most of; of several, the first. Undefined of nothing. */
export function mostFrequent(words: readonly string[]): string | undefined {
  const groups = [...Map.groupBy(words, (word) => word).values()];
  return groups.toSorted((a, b) => b.length - a.length)[0]?.[0];
}
