import type { JudgedSubject, Requirement } from '../verdict/schema.ts';
import { NAMED, sentence } from '../verdict/verdict.ts';

type Sayable = Pick<JudgedSubject, 'outcome' | 'reason' | 'fix'> & Pick<Requirement, 'subjects' | 'subjectsMet' | 'subjectsNotApplicable'>;

/** The text for people: reason, then fix. Of several subjects, the fix of those that decide the outcome: once if all share it, else beside each reason. */
export function said({ outcome, reason, fix, subjects = [], subjectsMet = 0, subjectsNotApplicable = 0 }: Sayable): string {
  const all = subjects.length + subjectsMet + subjectsNotApplicable;
  const deciding = subjects.filter((subject) => subject.outcome === outcome).flatMap((subject) => subject.fix ?? []);
  const fixes = fix === undefined ? [...new Set(deciding)].slice(0, NAMED) : [fix];
  if (fixes.length > 1 && reason === sentence(subjects, outcome, all))
    return sentence(
      subjects.map((subject) => ({ ...subject, reason: said(subject) })),
      outcome,
      all,
    );
  return [reason, ...fixes].filter(Boolean).join(' ');
}

/** An outcome or a verdict as it stands in a sentence. */
export const inWords = (word: string): string => word.replace('-', ' ');
