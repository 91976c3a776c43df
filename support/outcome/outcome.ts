/** What a check concluded, in the words of the verdict. */
export type Outcome = 'met' | 'not-met' | 'undetermined' | 'blocked' | 'not-applicable' | 'waived';

/** What one check says of one machine, or of the cloud as a whole where `machine` is absent. */
export interface Finding {
  readonly outcome: Outcome;
  /** One sentence a person can act on: machine, expected, found, next step. Empty when met. */
  readonly reason: string;
  /** The machine's name as OpenNebula lists it. */
  readonly machine?: string;
  /** What deserves to be known though the requirement is met. */
  readonly note?: string;
  /** Names of the answers this finding rests on, see `report/evidence.ts`. */
  readonly evidence: readonly Evidence[];
}

/** The answer to one command, ready to be shown: who was asked, what, and what came back. */
export interface Evidence {
  readonly machine: string;
  readonly account: string;
  /** The command as a person would type it to get the same answer. */
  readonly command: string;
  /** Where it is typed, when that is another machine: the one that the command logs in from. */
  readonly typedOn?: { readonly machine: string; readonly account: string };
  /** Null when there is none: ended by a signal, or never started. */
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly seconds: number;
  /** True when output was cut at the cap. */
  readonly truncated: boolean;
}

/** Who answers for a requirement that is not met, why, and until when: as verdict.json has it. */
export interface AppliedWaiver {
  readonly owner: string;
  readonly reason: string;
  readonly ticket?: string;
  /** The last day it holds, to its end in UTC: 2026-12-31. */
  readonly expires: string;
  /** It holds no more: what it was for counts as not met again. */
  readonly expired: boolean;
}

/** What a command that is no run has to say, and the exit code that says the same. */
export interface Said {
  readonly lines: readonly string[];
  readonly exitCode: number;
}

/** Something a run changed on a machine, in words; undone again, or left as it is. */
export interface Action {
  readonly what: string;
  readonly state: 'changed' | 'undone' | 'left';
}

export type Severity = 'blocker' | 'critical' | 'normal' | 'minor';

const worstFirst: readonly Outcome[] = ['not-met', 'undetermined', 'blocked', 'waived', 'met'];

/** The outcome of several machines together: the worst of them, except that a machine to which nothing applies does not count. */
export function worst(outcomes: readonly Outcome[]): Outcome {
  if (outcomes.length === 0) return 'undetermined';
  return worstFirst.find((outcome) => outcomes.includes(outcome)) ?? 'not-applicable';
}

/** The settings or the command line are wrong: nothing was changed, exit 3. */
export class UsageError extends Error {
  override name = 'UsageError';
}

/** We could not look. Anything thrown that is not an AssertionError ends as undetermined; this one says so on purpose. */
export class Undetermined extends Error {
  override name = 'Undetermined';
}

/** Why an error arose, in one line. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** How ids of requirements look: the suite's own begin with BDS-. */
export const isId = (name: string): boolean => /^(BDS-\d{3}|(?!BDS-)[A-Z][A-Z0-9]*-\d{3,})$/.test(name);

/** True for a machine's full name and its short one, and where none is asked for. */
export function isNamed(name: string, machine: string | undefined): boolean {
  return machine === undefined || name === machine || name.startsWith(`${machine}.`);
}
