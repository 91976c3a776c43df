import type { Asked, Audited } from '../facts/audited.ts';
import type { Judgement } from '../outcome/judgement.ts';

/**
 * How a requirement is decided: a pure function of what was learned. It is called only where all that it needs is there: what blocks it,
 * and what was not asked, is the runner's matter (verdict/blocking.ts). One judgement where the requirement is about one thing, a list
 * where it is judged of each subject; of the hosts, only those that are in use and could be asked are in `hosts`.
 */
export interface Check {
  readonly id: string;
  /** What it needs besides the front-end. */
  readonly asks: readonly Asked[];
  readonly judge: (cloud: Audited) => Judgement | readonly Judgement[];
}

export const check = (id: string, asks: readonly Asked[], judge: Check['judge']): Check => ({ id, asks, judge });
