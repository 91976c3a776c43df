import type { Evidence } from './evidence.ts';
import type { Outcome } from './outcome.ts';
import type { Subject } from './subject.ts';

/** What can keep us from looking at more than one requirement: the first that needs it is undetermined, the others are blocked by that one. */
export type Cause = 'the front-end' | 'OpenNebula by its command line' | 'the test VM' | 'production' | 'the test backup';

/** What a check says of one subject, or of the requirement as a whole. The one shape of a finding, until it stands in a verdict. */
export interface Judgement {
  readonly outcome: Outcome;
  /** Absent where the requirement is about one thing. */
  readonly subject?: Subject;
  /** What was found and what was expected; empty when met. */
  readonly reason: string;
  /** What to do about it. */
  readonly fix?: string;
  /** What was measured, also when met: 61 % free (limit 10 %). */
  readonly measured?: string;
  /** What deserves to be known though the requirement is met. */
  readonly note?: string;
  /** Of what is proven by trying it now and then: when this run tried it, and when it was proven last, in this run or before. ISO 8601. */
  readonly tried?: string;
  readonly proven?: string;
  /** The answers it rests on. */
  readonly evidence: readonly Evidence[];
  readonly cause?: Cause;
}

type More = Pick<Judgement, 'subject' | 'measured' | 'note' | 'fix' | 'cause' | 'tried' | 'proven'> & {
  readonly evidence?: readonly Evidence[];
};
type Found = More & { readonly found: string };
/** A `Looked` without a value. */
type Unread = { readonly fault: string; readonly fix?: string; readonly evidence: readonly Evidence[] };

/** The one builder of judgements. `where` is the machine or thing looked at, `what` completes “expected …”. */
export function expecting(where: string, what: string) {
  const judgement = (outcome: Outcome, reason: string, { evidence = [], ...more }: More): Judgement => ({
    ...{ outcome, reason, evidence },
    ...more,
  });
  const found = (outcome: Outcome, { found: seen, ...more }: Found) =>
    judgement(outcome, `${where}: expected ${what}, found ${withoutStop(seen)}.`, more);
  return {
    met: (more: More) => judgement('met', '', more),
    notMet: (more: Found) => found('not-met', more),
    undetermined: (more: Found) => found('undetermined', more),
    /** Nothing could be read off the answers. */
    unseen: ({ fault, fix, evidence }: Unread, more: Partial<Found> = {}) =>
      found('undetermined', { found: fault, evidence, ...(fix !== undefined && { fix }), ...more }),
  };
}

/** A reason as a person reads it in parts; of one that `expecting` did not make all is what was found. */
export function partsOf(reason: string): { readonly found: string; readonly expected?: string } {
  const [, where = '', expected, seen = ''] = /^(.*?): expected (.*?), found (.*)$/s.exec(reason) ?? [];
  return expected === undefined ? { found: reason } : { found: `${where}: ${seen.replace(/^that /, '')}`, expected };
}

/** It does not apply here; `why` is a sentence. */
export const notApplicable = (why: string, more: Pick<Judgement, 'subject' | 'note'> = {}): Judgement => ({
  ...{ outcome: 'not-applicable', reason: why, evidence: [] },
  ...more,
});

/** A prerequisite failed. */
export const blockedBy = (id: string, why: string, more: Pick<Judgement, 'subject' | 'proven'> = {}): Judgement => ({
  ...{ outcome: 'blocked', reason: `Not checked: ${id} ${why}.`, evidence: [] },
  ...more,
});

/** The requirement that is named by the reason of what is blocked; older runs said “Not tried”. */
export const blockerOf = (reason: string): string | undefined => /^Not (?:checked|tried): (\S+) /.exec(reason)?.[1];

/** What to do where another requirement is the cause. */
export const comesFirst = (id: string, fix: string): string => `${id} comes first. ${fix}`;

/** The requirement that is named by a fix as the cause. */
export const causeNamedBy = (fix: string): string | undefined => /^(\S+) comes first\b/.exec(fix)?.[1];

/** Why somebody who did not want to wait has no answer. */
export const INTERRUPTED = 'the run was interrupted';
/** How the reason of a requirement begins that an interrupted run did not come to. */
export const NOT_REACHED = 'Not reached: the run ended';

/** What somebody else said, to stand within a sentence. */
export const withoutStop = (said: string): string => said.replace(/\.$/, '');

/** The first five of what was found, in words, and how many more there are. */
export function firstFew(found: readonly string[], separator = '; '): string {
  const more = found.length > 5 ? `${separator}and ${found.length - 5} more` : '';
  return `${found.slice(0, 5).join(separator)}${more}`;
}
