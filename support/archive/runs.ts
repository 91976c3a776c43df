import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { EXIT } from '../outcome/exit-codes.ts';
import type { Outcome } from '../outcome/outcome.ts';
import { statementsOf } from '../verdict/requirements.ts';
import { type Requirement, runName, SCHEMA, type VerdictFile, verdictFile } from '../verdict/schema.ts';
import { overall } from '../verdict/verdict.ts';
import { MANIFEST } from './seal.ts';

/** What is said of a run whose verdict.json is of a schema before this one; nothing else is known of it. */
export const OLDER = 'was written by an older version of the suite (schema 1)';

/** What a run left behind; none: there is no verdict.json that was sealed, or it cannot be read; garbled: it says nothing that can be relied on. */
export type Stored = VerdictFile | 'none' | 'garbled' | 'older';

const ofOlderSchema = z.object({ schema: z.int().min(1).lt(SCHEMA) });

/** Reads a verdict.json. Garbled is, too, one whose verdict is not what its requirements come to. */
export function readVerdict(text: string): Exclude<Stored, 'none'> {
  try {
    const value: unknown = JSON.parse(text);
    if (ofOlderSchema.safeParse(value).success) return 'older';
    const file = verdictFile.parse(value);
    const { verdict, exitCode, below = [] } = overall(file.requirements, file.runFaults ?? [], file.failOn);
    const isCounted = below.join() === (file.below ?? []).join();
    return isCounted && file.verdict === verdict && [exitCode, EXIT.interrupted].includes(file.exitCode) ? file : 'garbled';
  } catch {
    return 'garbled';
  }
}

/** What a folder's verdict.json says: nothing before it is sealed, and nothing that can be relied on where it differs from its manifest. */
export function verdictIn(folder: string): Stored {
  const [text, manifest] = ['verdict.json', MANIFEST].map((name) => textOf(folder, name));
  if (text === undefined) return 'none';
  const verdict = readVerdict(text);
  if (typeof verdict !== 'object') return verdict;
  // A run whose files could not be sealed says so itself.
  if (manifest === undefined) return verdict.runFaults?.length ? verdict : 'none';
  const [, sum] = /^([0-9a-f]{64}) {2}verdict\.json$/m.exec(manifest) ?? [];
  return sum === createHash('sha256').update(text).digest('hex') ? verdict : 'garbled';
}

function textOf(folder: string, name: string): string | undefined {
  try {
    return readFileSync(join(folder, name), 'utf8');
  } catch {
    return undefined;
  }
}

/** What is said of a file that is garbled. */
export const GARBLED = `it cannot be read, contradicts itself, or differs from its manifest (${MANIFEST})`;

/** The requirements that a whole run of its profile looks at, and that a verdict does not tell of: it was cut, or another version wrote it. */
export function lackingIn({ profile, requirements }: Pick<VerdictFile, 'profile' | 'requirements'>): string[] {
  const told = new Set(requirements.map(({ id }) => id));
  return statementsOf(profile).flatMap(({ id }) => (told.has(id) ? [] : [id]));
}

/** The verdict of a run of a reports folder; one that is of another run is as good as garbled. */
export function verdictOf(reports: string, run: string): Stored {
  const verdict = verdictIn(join(reports, run));
  return typeof verdict === 'object' && verdict.run !== run ? 'garbled' : verdict;
}

/** What a run's verdict.json says though it differs from its manifest, or has none: it proves nothing. Undefined where that cannot be read. */
export function unsealed(reports: string, run: string): VerdictFile | undefined {
  const verdict = readVerdict(textOf(join(reports, run), 'verdict.json') ?? '');
  return typeof verdict === 'object' ? verdict : undefined;
}

/**
 * The names of the runs in a reports folder, the newest first. What is a link is none.
 * @throws Error when the folder cannot be read.
 */
export function runsIn(reports: string): string[] {
  const entries = readdirSync(reports, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory() && runName.test(entry.name)).map(({ name }) => name);
  return names.toSorted().reverse();
}

/** When a run began, by its name. */
export function beginOf(run: string): Date {
  return new Date(run.slice(0, 20).replace(/T(\d\d)-(\d\d)-/, 'T$1:$2:'));
}

/** Whether a run was asked for all that its profile looks at: any other says nothing of the cloud as a whole. */
export function isWhole({ onlySubject, onlyRequirements }: Pick<VerdictFile, 'onlySubject' | 'onlyRequirements'>): boolean {
  return onlySubject === undefined && onlyRequirements === undefined;
}

/** Clocks of two machines may differ by so many milliseconds. */
const SKEW = 300_000;
const DAY = 86_400_000;

/** Milliseconds a verdict counts after the end of its run, as the site file of the run said: a day, where it said nothing. */
export function validFor({ finishedAt, validUntil }: VerdictFile): number {
  return validUntil === undefined ? DAY : Date.parse(validUntil) - Date.parse(finishedAt);
}

/** How old a verdict is in milliseconds, and whether it may be relied on: none does that is dated in the future, or is older than it counts. */
export function ageOf(
  { run, finishedAt }: Pick<VerdictFile, 'run' | 'finishedAt'>,
  valid: number,
  now: Date,
): { age: number; state: 'valid' | 'outdated' | 'of the future' } {
  const age = now.getTime() - Date.parse(finishedAt);
  return { age, state: age < -SKEW || isOfFuture(run, now) ? 'of the future' : age > valid ? 'outdated' : 'valid' };
}

/** By its name. */
export const isOfFuture = (run: string, now: Date): boolean => beginOf(run).getTime() > now.getTime() + SKEW;

/** The runs before one, the newest first; none where they cannot be listed. */
export const earlierRuns = (reports: string, id: string): string[] => listed(reports).filter((run) => run < id);

/** Those that a clock which was wrong has dated in the future. */
export const futureRuns = (reports: string): string[] => listed(reports).filter((run) => isOfFuture(run, new Date()));

function listed(reports: string): string[] {
  try {
    return runsIn(reports);
  } catch {
    return [];
  }
}

/** How many runs back a series is looked for: enough for many rechecks, and for several clouds in one folder. */
const FAR = 50;

/** What the runs before this one said of its cloud, the newest first, read as they are asked for. `older` is told which cannot be read any more. */
export function* earlierVerdicts(
  { reports, id, site }: { readonly reports: string; readonly id: string; readonly site: { readonly name: string } },
  older: (run: string) => void = () => {},
): Generator<VerdictFile> {
  for (const run of earlierRuns(reports, id).slice(0, FAR)) {
    const verdict = verdictIn(join(reports, run));
    if (verdict === 'older') older(run);
    else if (typeof verdict === 'object' && verdict.cloud.name === site.name) yield verdict;
  }
}

/** What was read once is not read again. */
export function remembered<T>(source: Iterator<T>): Iterable<T> {
  const seen: T[] = [];
  return {
    *[Symbol.iterator]() {
      for (let at = 0; ; at += 1) {
        const next = at < seen.length ? undefined : source.next();
        if (next?.done) return;
        if (next) seen.push(next.value);
        yield seen[at] as T;
      }
    },
  };
}

/** How many runs before this one a page shows. */
const TREND = 9;

/** The newest runs that looked at all that a profile looks at. */
export function lastOf(earlier: Iterable<VerdictFile>, profile: string): VerdictFile[] {
  const last: VerdictFile[] = [];
  for (const run of earlier) {
    if (run.profile === profile && isWhole(run)) last.push(run);
    if (last.length === TREND) break;
  }
  return last;
}

/**
 * When the unbroken series of each requirement's outcome began: the newest run before that judged it on all subjects tells.
 * Where there is none, it begins with this run.
 */
export function seriesStarts(
  requirements: readonly Pick<Requirement, 'id' | 'outcome'>[],
  earlier: Iterable<VerdictFile>,
  startedAt: string,
): ReadonlyMap<string, string> {
  const starts = new Map(requirements.map(({ id }) => [id, startedAt]));
  const open = new Map<string, Outcome>(requirements.map(({ id, outcome }) => [id, outcome]));
  for (const run of earlier) {
    if (run.onlySubject !== undefined) continue;
    for (const { id, outcome, since } of run.requirements) {
      if (open.get(id) === outcome) starts.set(id, since ?? run.startedAt);
      open.delete(id);
    }
    if (open.size === 0) break;
  }
  return starts;
}
