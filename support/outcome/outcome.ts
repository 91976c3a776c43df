/** What a requirement comes to, as a whole or of one subject: OUTCOMES in docs/outputs.md. */
export const OUTCOMES = ['met', 'not-met', 'undetermined', 'blocked', 'not-applicable', 'waived'] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** How much depends on a requirement, the most first. */
export const SEVERITIES = ['blocker', 'critical', 'normal', 'minor'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** The severity of which everything counts. */
export const LEAST: Severity = 'minor';

/** Whether a severity is below another one. */
export const isBelow = (severity: Severity, other: Severity): boolean => SEVERITIES.indexOf(severity) > SEVERITIES.indexOf(other);

/** Most urgent first. */
export const URGENCY: readonly Outcome[] = ['not-met', 'undetermined', 'blocked', 'waived', 'met', 'not-applicable'];

/** The outcome of several subjects together: the worst of them, except that one to which nothing applies does not count. */
export function worst(outcomes: readonly Outcome[]): Outcome {
  if (outcomes.length === 0) return 'undetermined';
  return URGENCY.find((outcome) => outcomes.includes(outcome)) ?? 'not-applicable';
}

/** Whether somebody has to act on it: what is blocked waits for another. */
export const isToDo = (outcome: Outcome): boolean => outcome === 'not-met' || outcome === 'undetermined';

/** How ids of requirements look: the suite's own begin with BDS-. */
export const isId = (name: string): boolean => /^(BDS-\d{3}|(?!BDS-)[A-Z][A-Z0-9]*-\d{3,})$/.test(name);

/** Something a run changed on a machine, in words; undone again, or left as it is. */
export interface Action {
  readonly what: string;
  readonly state: 'changed' | 'undone' | 'left';
}
