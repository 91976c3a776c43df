import { join } from 'node:path';
import { EXIT } from '../outcome/exit-codes.ts';
import type { VerdictFile } from '../verdict/schema.ts';
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
 * whose files are not as they were sealed; of the others none is opened further than its verdict.
 */
export async function provenBefore(
  { reports, id, site }: Wanted,
  requirement: string,
  wanted: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const proven = new Map<string, string>();
  const open = new Set(wanted);
  for (const run of earlierRuns(reports, id)) {
    if (open.size === 0) break;
    const verdict = verdictOf(reports, run);
    if (typeof verdict !== 'object' || verdict.cloud.name !== site.name) continue;
    const subjects = verdict.requirements.find((each) => each.id === requirement)?.subjects ?? [];
    const met = subjects.flatMap((subject) => (subject.outcome === 'met' && subject.id !== undefined ? subject.id : []));
    const news = met.filter((subject) => open.delete(subject));
    if (news.length === 0) continue;
    const { exitCode } = await verifyEvidence(join(reports, run));
    for (const subject of news) {
      if (exitCode === EXIT.compliant) proven.set(subject, verdict.finishedAt);
      else open.add(subject);
    }
  }
  return proven;
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
