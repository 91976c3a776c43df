import type { Evidence } from '../outcome.ts';
import { clientFailure } from '../shell/openssh.ts';
import type { Failure } from '../shell/shell.ts';

/** How a login to a machine went: let in, or why not. */
export interface Login {
  /** The machine that logs in. */
  readonly from: string;
  /** The machine that is to let it in. */
  readonly to: string;
  /** Undefined when it was let in. */
  readonly failure?: Failure;
  readonly evidence: readonly Evidence[];
}

/** Reads a login off the answer of an ssh client: only 255 is the client's own word, and any other exit came from beyond the door. */
export function readLogin(answer: Evidence): Failure | undefined {
  if (answer.exitCode === 124 || answer.exitCode === 137) return { kind: 'silent', message: 'no answer in time' };
  if (answer.exitCode !== 255) return undefined;
  return clientFailure(answer.stderr) ?? { kind: 'lost', message: answer.stderr.trim() || 'ssh ended with 255 and said nothing' };
}
