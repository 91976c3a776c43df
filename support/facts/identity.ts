/** Which machine a login leads to. A host key does not tell: machines that were cloned have the same. */

import type { CommandResult } from '../machines/shell.ts';
import { answerTo, type Probe, type Survey } from '../machines/survey.ts';
import type { Evidence, Looked } from '../outcome/evidence.ts';

/** A kernel has one boot_id until it is started again; of containers on one kernel each has its own root directory. */
export const IDENTITY = ['sh', '-c', 'cat /proc/sys/kernel/random/boot_id && stat -c %d:%i /'] as const;

/** The same as the command of a login that is to prove itself first. */
export const LOOK_WHERE = `echo runs && ${IDENTITY[2]}`;

export const identityProbe = (deadline: number): Probe => ({ name: 'identity', argv: IDENTITY, deadline });

const readIdentity = ({ exitCode, stdout }: Evidence): string | undefined =>
  exitCode === 0 && /^[0-9a-f-]{36}\n\d+:\d+\n?$/.test(stdout) ? stdout.trim() : undefined;

export const identityIn = (told: Survey): Looked<string> => answerTo(told, 'identity', readIdentity);

/** The same, where it is all that was asked. */
export function identityOf(answer: CommandResult): Looked<string> {
  const value = answer.failure ? undefined : readIdentity(answer);
  if (value !== undefined) return { value, evidence: [answer] };
  const fault = `no answer (${answer.failure?.message ?? `exit ${answer.exitCode}`})`;
  return { fault, fix: `Log in and look: ssh ${answer.machine}`, evidence: [answer] };
}

/** What LOOK_WHERE came to; the login may have printed something before it. */
export function identityAfter(answer: Evidence): Looked<string> {
  const [, value] = /(?:^|\n)runs\n([0-9a-f-]{36}\n\d+:\d+)\n?$/.exec(answer.stdout) ?? [];
  if (value !== undefined) return { value, evidence: [answer] };
  return { fault: `no answer (exit ${answer.exitCode})`, evidence: [answer] };
}
