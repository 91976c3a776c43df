import type { Finding } from './outcome.ts';

/** What a check returns of one machine. */
export interface Judgement extends Finding {
  /** What keeps us from looking. The first requirement it keeps is undetermined, the later ones are blocked by that one. */
  readonly cause?: string;
}

/** Met, with the answers that show it. */
export function met(finding: Omit<Finding, 'outcome' | 'reason'>): Judgement {
  return { outcome: 'met', reason: '', ...finding };
}

/** What somebody else said, to stand within a sentence. */
export const withoutStop = (said: string): string => said.replace(/\.$/, '');

/** The first five of what was found, in words, and how many more there are. */
export function firstFew(found: readonly string[]): string {
  const more = found.length > 5 ? `; and ${found.length - 5} more` : '';
  return `${found.slice(0, 5).join('; ')}${more}`;
}
