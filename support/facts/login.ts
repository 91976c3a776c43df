import { clientFailure, type ShownKey, shownKey, spoken, wasLetIn, withoutDebug } from '../machines/openssh.ts';
import type { Failure } from '../machines/shell.ts';
import type { Evidence } from '../outcome/outcome.ts';

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
  readonly evidence: readonly Evidence[];
}

/** Reads a login off the answer of a verbose ssh client, started by itself or by rsync. */
export function readLogin(from: string, to: string, answer: Evidence): Login {
  const hostKey = shownKey(answer.stderr);
  const stderr = withoutDebug(answer.stderr);
  const failure = wasLetIn(answer.stderr) || answer.exitCode === 0 ? undefined : loginFailure(answer.exitCode, stderr);
  return { from, to, evidence: [{ ...answer, stderr }], ...(failure && { failure }), ...(hostKey && { hostKey }) };
}

function loginFailure(exitCode: number | null, stderr: string): Failure {
  const said = clientFailure(stderr);
  if (said) return said;
  if (exitCode === 124 || exitCode === 137) return { kind: 'silent', message: 'no answer in time' };
  if (exitCode === 255) return { kind: 'lost', message: spoken(stderr) || 'ssh ended with 255 and said nothing' };
  return { kind: 'not-started', message: spoken(stderr).split('\n').at(-1) || `exit ${exitCode}` };
}
