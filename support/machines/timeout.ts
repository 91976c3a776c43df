/** How a command ends that timeout(1) watches, and what its exit codes mean. Source: timeout(1), POSIX.1-2017, 2.8.2 Exit Status. */
import type { Evidence } from '../outcome/evidence.ts';

/** Ends a command at its deadline in seconds, and by force two seconds later. */
export const timed = (deadline: number, argv: readonly string[]) => ['timeout', '-k', '2', '-s', 'TERM', String(deadline), ...argv];

type Ended = Pick<Evidence, 'exitCode'>;

/** It did not end by itself in time. */
export const isLate = ({ exitCode }: Ended): boolean => exitCode === 124 || exitCode === 137;

/** It is not there. The loader, too, ends so where a library is missing. */
export const isNotFound = ({ exitCode }: Ended): boolean => exitCode === 127;

/** The program said nothing of what it was asked: it is not there, cannot be started, or was ended by a signal. */
export const isSilent = ({ exitCode }: Ended): boolean => exitCode === null || exitCode >= 125;

/** The bash condition of a probe that is asked only where the one before it ended in time. */
export const IN_TIME = '[ $code != 124 ] && [ $code != 137 ]';

/** What it was told to end by. */
export const signalOf = ({ exitCode }: Ended): string | null => (exitCode === 124 ? 'SIGTERM' : null);
