import { join } from 'node:path';
import type { Trial } from '../facts/gate.ts';
import { EXIT } from '../outcome/exit-codes.ts';
import type { Outcome } from '../outcome/outcome.ts';
import type { JudgedSubject, VerdictFile } from '../verdict/schema.ts';
import { runsIn, verdictOf } from './runs.ts';
import { verifyEvidence } from './verify.ts';

/** Whose earlier runs are asked, and of what: before the run `id`, of the cloud of that site. */
interface Wanted {
  readonly reports: string;
  readonly id: string;
  readonly site: { readonly name: string };
}

/**
 * When each of these subjects last met a requirement, by OpenNebula's id: the end of the newest earlier run that says so. A run proves nothing
 * whose files differ from their manifest; of the others none is opened further than its verdict.
 */
export async function provenBefore(runs: Wanted, requirement: string, wanted: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const proven = new Map<string, string>();
  const isNews = ({ id, outcome }: Named) => outcome === 'met' && wanted.includes(id) && !proven.has(id);
  for await (const { verdict, news } of soundRuns(runs, requirement, isNews)) {
    for (const { id } of news) proven.set(id, verdict.finishedAt);
    if (proven.size === wanted.length) break;
  }
  return proven;
}

/**
 * How each of these subjects fared when it was last tried, and when it was last proven by that, by OpenNebula's id. Only the run that tried it
 * tells: what a later one says by that is no second proof, though it tried in vain meanwhile. A failure stays one until there is a proof.
 */
export async function trialsBefore(runs: Wanted, requirement: string, wanted: readonly string[]): Promise<ReadonlyMap<string, Trial>> {
  const trials = new Map<string, Trial>();
  const isKnown = (id: string) => trials.get(id)?.proven !== undefined;
  const isNews = (subject: Named) => {
    const { id, tried } = subject;
    if (tried === undefined || !wanted.includes(id) || isKnown(id)) return false;
    const last = trials.get(id);
    return !last || isProof(subject) || (last.outcome !== 'not-met' && outcomeOf(subject) === 'not-met');
  };
  for await (const { verdict, news } of soundRuns(runs, requirement, isNews)) {
    for (const subject of news) {
      const { id, tried = '' } = subject;
      const last = trials.get(id);
      const came = { ended: tried, outcome: outcomeOf(subject), run: verdict.run };
      const decided = last?.outcome === 'not-met' ? last : came;
      trials.set(id, { ...decided, tried: last?.tried ?? tried, ...(isProof(subject) && { proven: tried }) });
    }
    if (wanted.every(isKnown)) break;
  }
  return trials;
}

/** Whether it was proven then. One that is met by an older proof says when that was. */
const isProof = ({ outcome, tried, proven }: Named): boolean => outcome === 'met' && proven === tried;

/** What the try itself came to, whoever waives that. */
const outcomeOf = (subject: Named): Outcome => {
  const { outcome, trueOutcome = outcome } = subject;
  return trueOutcome === 'met' && !isProof(subject) ? 'undetermined' : trueOutcome;
};

type Named = JudgedSubject & { readonly id: string };

/** The earlier runs that tell something new, the newest first, each with what is new in it; none that was changed since it was sealed. */
async function* soundRuns(
  { reports, id, site }: Wanted,
  requirement: string,
  isNews: (subject: Named) => boolean,
): AsyncGenerator<{ verdict: VerdictFile; news: readonly Named[] }> {
  for (const run of earlierRuns(reports, id)) {
    const verdict = verdictOf(reports, run);
    if (typeof verdict !== 'object' || verdict.cloud.name !== site.name) continue;
    const subjects = verdict.requirements.find((each) => each.id === requirement)?.subjects ?? [];
    const news = subjects.filter((subject): subject is Named => subject.id !== undefined && isNews(subject as Named));
    if (news.length === 0) continue;
    const { exitCode } = await verifyEvidence(join(reports, run));
    if (exitCode === EXIT.compliant) yield { verdict, news };
  }
}

/** When the newest run that restored the test backup ended: this one, or an earlier one of its cloud. */
export function newestRestoreTest({ reports, id, site }: Wanted, file: VerdictFile): string | undefined {
  const hasRestored = ({ requirements }: VerdictFile) => requirements.some((each) => each.id === 'BDS-601' && each.outcome === 'met');
  if (hasRestored(file)) return file.finishedAt;
  for (const run of earlierRuns(reports, id)) {
    const verdict = verdictOf(reports, run);
    if (typeof verdict === 'object' && verdict.cloud.name === site.name && hasRestored(verdict)) return verdict.finishedAt;
  }
  return undefined;
}

/** The newest first; none where they cannot be listed. */
function earlierRuns(reports: string, id: string): string[] {
  try {
    return runsIn(reports).filter((run) => run < id);
  } catch {
    return [];
  }
}
