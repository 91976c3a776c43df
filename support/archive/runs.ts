import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Outcome } from '../outcome/outcome.ts';
import { overall, type Requirement } from '../verdict/verdict.ts';

/** How a run and its folder are named, so that the newest sorts last. */
const runName = /^\d{4}-\d{2}-\d{2}T\d{2}-\d{2}-\d{2}Z-[0-9a-f]{4}$/;

const outcome = z.enum(['met', 'not-met', 'undetermined', 'blocked', 'not-applicable', 'waived']);
const machine = z.looseObject({ name: z.string(), outcome, reason: z.string() });
const requirement = z.looseObject({
  id: z.string(),
  title: z.string(),
  severity: z.enum(['blocker', 'critical', 'normal', 'minor']),
  feature: z.string(),
  outcome,
  reason: z.string(),
  note: z.string().exactOptional(),
  since: z.iso.datetime().exactOptional(),
  machines: z.array(machine).exactOptional(),
});
/** What is read of a verdict.json, schema 1; keys that are not known stay as they are. */
const verdictFile = z.looseObject({
  schema: z.literal(1),
  profile: z.string(),
  run: z.string().regex(runName),
  startedAt: z.iso.datetime(),
  finishedAt: z.iso.datetime(),
  validUntil: z.iso.datetime().exactOptional(),
  cloud: z.object({ name: z.string(), frontend: z.string(), openNebula: z.string().nullable() }),
  onlyMachine: z.string().exactOptional(),
  onlyRequirements: z.array(z.string()).exactOptional(),
  runFaults: z.array(z.string()).default([]),
  verdict: z.enum(['compliant', 'not-compliant', 'undetermined', 'nothing-evaluated']),
  exitCode: z.int(),
  requirements: z.array(requirement),
});

/** A verdict.json that was written before. */
export type StoredVerdict = z.infer<typeof verdictFile>;

const INTERRUPTED = 130;

/** Reads a verdict.json; undefined where it is none, or one whose verdict is not what its requirements come to. */
export function readVerdict(text: string): StoredVerdict | undefined {
  try {
    const file = verdictFile.parse(JSON.parse(text));
    const { verdict, exitCode } = overall(file.requirements, file.runFaults);
    return file.verdict === verdict && [exitCode, INTERRUPTED].includes(file.exitCode) ? file : undefined;
  } catch {
    return undefined;
  }
}

/** The verdict.json of a run's folder; none: it is not there, or cannot be read; garbled: it says nothing that can be relied on. */
export function verdictIn(folder: string): StoredVerdict | 'none' | 'garbled' {
  let text: string;
  try {
    text = readFileSync(join(folder, 'verdict.json'), 'utf8');
  } catch {
    return 'none';
  }
  return readVerdict(text) ?? 'garbled';
}

/** The verdict of a run of a reports folder; one that is of another run is as good as garbled. */
export function verdictOf(reports: string, run: string): ReturnType<typeof verdictIn> {
  const verdict = verdictIn(join(reports, run));
  return typeof verdict === 'object' && verdict.run !== run ? 'garbled' : verdict;
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
export function isWhole({ onlyMachine, onlyRequirements }: StoredVerdict): boolean {
  return onlyMachine === undefined && onlyRequirements === undefined;
}

/** Clocks of two machines may differ by so many milliseconds. */
const SKEW = 300_000;
const DAY = 86_400_000;

/** Milliseconds a verdict counts after the end of its run, as the site file of the run said: a day, where it said nothing. */
export function validFor({ finishedAt, validUntil }: StoredVerdict): number {
  return validUntil === undefined ? DAY : Date.parse(validUntil) - Date.parse(finishedAt);
}

/** How old a verdict is in milliseconds, and whether it may be relied on: none does that ends in the future, or is older than it counts. */
export function ageOf(
  { finishedAt }: Pick<StoredVerdict, 'finishedAt'>,
  valid: number,
  now: Date,
): { age: number; state: 'valid' | 'outdated' | 'of the future' } {
  const age = now.getTime() - Date.parse(finishedAt);
  return { age, state: age < -SKEW ? 'of the future' : age > valid ? 'outdated' : 'valid' };
}

/** How many runs back a series is looked for: enough for many rechecks, and for several clouds in one folder. */
const FAR = 50;

/** What the runs before this one said of its cloud, the newest first, read as they are asked for. */
export function* earlierVerdicts({ reports, id, site }: { reports: string; id: string; site: { name: string } }): Generator<StoredVerdict> {
  let runs: string[] = [];
  try {
    runs = runsIn(reports).filter((run) => run < id);
  } catch {
    // Where they cannot be listed, nothing is known of them.
  }
  for (const run of runs.slice(0, FAR)) {
    const verdict = verdictIn(join(reports, run));
    if (typeof verdict === 'object' && verdict.cloud.name === site.name) yield verdict;
  }
}

/**
 * When the unbroken series of each requirement's outcome began: the newest run before that judged it on all machines tells.
 * Where there is none, it begins with this run.
 */
export function seriesStarts(
  requirements: readonly Pick<Requirement, 'id' | 'outcome'>[],
  earlier: Iterable<StoredVerdict>,
  startedAt: string,
): ReadonlyMap<string, string> {
  const starts = new Map(requirements.map(({ id }) => [id, startedAt]));
  const open = new Map<string, Outcome>(requirements.map(({ id, outcome }) => [id, outcome]));
  for (const run of earlier) {
    if (run.onlyMachine !== undefined) continue;
    for (const { id, outcome, since } of run.requirements) {
      if (open.get(id) === outcome) starts.set(id, since ?? run.startedAt);
      open.delete(id);
    }
    if (open.size === 0) break;
  }
  return starts;
}
