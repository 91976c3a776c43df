import type { Judgement } from '../outcome/judgement.ts';

/** The media type under which a step attaches what its check found. */
export const FINDINGS = 'application/vnd.opennebula-backup-compliance.findings+json';

/** An answer as the report shows it: a part inline, all of it in a file of the run. */
export interface Exhibit {
  readonly command: string;
  /** Relative to the run's folder. */
  readonly file: string;
  /** Where its picture is, if it is one; relative to the run's folder. */
  readonly picture?: string;
  /** Empty where it stands with another subject of the same requirement. */
  readonly inline: string;
  /** Where and as whom it was run, and how it ended: exit 0. */
  readonly on: string;
  readonly as: string;
  readonly ended: string;
  /** Milliseconds since the epoch. */
  readonly start: number;
  readonly stop: number;
}

/** What a step attaches: the judgements of one check as the check and what blocks it left them, before any waiver. */
export interface Findings {
  /** False where a requirement is about one thing. */
  readonly perSubject: boolean;
  readonly judgements: readonly Found[];
}

/** A judgement, with its evidence as the report shows it. Where it has no subject `machine` names who was asked. */
export type Found = Omit<Judgement, 'evidence' | 'cause'> & { readonly machine?: string; readonly exhibits: readonly Exhibit[] };
