import { readdirSync, readlinkSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '../outcome/errors.ts';
import type { VerdictFile } from '../verdict/schema.ts';
import { beginOf, isWhole, runsIn, type Stored, verdictIn } from './runs.ts';

const DAY = 86_400_000;
/** Days after which a run without a verdict is taken for one that was cut off, whatever the settings say: none takes that long. */
const CUT_OFF = 7;
/** What a run writes, of which a verdict.json is missing. */
const ofARun =
  /^(allure-results|evidence|messages\.ndjson|index\.html|junit\.xml|hdf\.json|SHA256SUMS(\.sig)?|\.allure-\w+|\.history\.jsonl)$/;

interface Keep {
  readonly runs: number;
  readonly days: number;
}

/**
 * The runs of a cloud that may go: neither among its newest nor younger than so many days, nor the newest whole one, nor the newest
 * that was not compliant. A run without a verdict tells of no cloud, and goes when it is old. `names` are all runs there are, the newest first.
 */
export function expired(
  names: readonly string[],
  read: (name: string) => Stored,
  { cloud, keep, now }: { cloud: string; keep: Keep; now: Date },
): string[] {
  const olderThan = (name: string, days: number) => now.getTime() - beginOf(name).getTime() > days * DAY;
  const old = names.filter((name) => olderThan(name, keep.days));
  if (old.length === 0) return [];
  const found = new Map<string, Stored>();
  const verdictOf = (name: string) => {
    if (!found.has(name)) found.set(name, read(name));
    return found.get(name);
  };
  /** The newest of this cloud that are so; no further back than needed, since there may be thousands. */
  const newest = (count: number, are: (verdict: VerdictFile) => boolean): string[] => {
    const these: string[] = [];
    for (const name of names) {
      if (these.length === count) break;
      const verdict = verdictOf(name);
      if (typeof verdict === 'object' && verdict.cloud.name === cloud && are(verdict)) these.push(name);
    }
    return these;
  };
  const unmet = ({ verdict }: VerdictFile) => verdict === 'not-compliant';
  const kept = new Set([
    ...newest(keep.runs, () => true),
    ...newest(1, isWhole),
    ...newest(1, unmet),
    ...newest(1, (verdict) => isWhole(verdict) && unmet(verdict)),
  ]);
  return old.filter((name) => {
    const verdict = verdictOf(name);
    if (verdict === 'none') return olderThan(name, CUT_OFF);
    return typeof verdict === 'object' && verdict.cloud.name === cloud && !kept.has(name);
  });
}

/** Deletes the runs of this cloud that have expired. Returns what was deleted and what could not be, a line each; no failure is an error. */
export function prune(
  reports: string,
  { id, site }: { readonly id: string; readonly site: { readonly name: string; readonly retention: Keep } },
): string[] {
  const { runs, days } = site.retention;
  const gone: string[] = [];
  const faults: string[] = [];
  try {
    const latest = readlinkSync(join(reports, 'latest'));
    const all = expired(runsIn(reports), (name) => verdictIn(join(reports, name)), {
      cloud: site.name,
      keep: site.retention,
      now: new Date(),
    });
    for (const name of all.filter((each) => each !== id && each !== latest)) {
      const folder = join(reports, name);
      try {
        if (verdictIn(folder) === 'none' && !readdirSync(folder).every((entry) => ofARun.test(entry))) continue;
        rmSync(folder, { recursive: true, force: true });
        gone.push(name);
      } catch (error) {
        faults.push(
          `The old run ${name} could not be deleted: ${messageOf(error)}. Delete it yourself, or set retention in the site file.`,
        );
      }
    }
  } catch (error) {
    faults.push(`Old runs were not looked for in ${reports}: ${messageOf(error)}.`);
  }
  if (gone.length === 0) return faults;
  const which = gone.length === 1 ? gone[0] : `${gone.at(-1)} to ${gone[0]}`;
  return [
    `Deleted ${gone.length} ${gone.length === 1 ? 'run' : 'runs'} older than ${days} ${days === 1 ? 'day' : 'days'} and not among the newest ${runs}: ${which}.`,
    ...faults,
  ];
}
