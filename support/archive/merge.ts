import { existsSync, lstatSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { EXIT } from '../outcome/exit-codes.ts';
import { count } from '../outcome/figures.ts';
import { waiversIn } from '../report/headline.ts';
import { inWords } from '../report/words.ts';
import { type CloudVerdict, type MergedVerdict, WORST_FIRST } from '../verdict/merged.ts';
import type { OverallVerdict, VerdictFile } from '../verdict/schema.ts';
import { ageOf, GARBLED, isWhole, lackingIn, OLDER, runsIn, type Stored, validFor, verdictIn, verdictOf } from './runs.ts';
import { MANIFEST } from './seal.ts';
import { headline, newestOf, wanting } from './status.ts';

interface Found {
  readonly folder: string;
  readonly verdict: VerdictFile;
  /** A newer run beside it that has no verdict. */
  readonly cut?: string;
}

/** The run in a folder: the folder is one, or it is a reports folder, and the run is taken that `status` takes. Otherwise what is wrong with it. */
export function findRun(dir: string): Found | string {
  if (existsSync(join(dir, 'verdict.json'))) return runIn(dir);
  const { newest, garbled, older, clouds, unfinished } = newestOf(namesIn(dir), (name) => verdictOf(dir, name), undefined);
  if (garbled !== undefined) return unusable(join(dir, garbled), 'garbled');
  if (clouds.length > 1) return `${dir}: it holds runs of several clouds (${clouds.join(', ')}). Give the folder of one run of each.`;
  // Where only parts of a cloud were looked at, the latest run tells that.
  const folder = join(dir, newest?.run ?? older[0] ?? 'latest');
  const [cut] = unfinished;
  const found = isThere(folder)
    ? runIn(folder)
    : `${dir}: expected the folder of a run, or a reports folder with a run in it; found neither.`;
  return typeof found === 'string' || cut === undefined ? found : { ...found, cut };
}

function runIn(folder: string): Found | string {
  const verdict = verdictIn(folder);
  return typeof verdict === 'object' ? { folder: realpathSync(folder), verdict } : unusable(folder, verdict);
}

function unusable(folder: string, why: Exclude<Stored, VerdictFile>): string {
  if (why === 'none')
    return `${folder}: expected a verdict.json that can be read and was sealed (${MANIFEST}), found none. The run was cut off, or is under way.`;
  const file = join(folder, 'verdict.json');
  return why === 'older' ? `${file} ${OLDER}, so nothing is known of it. Run an audit or a gate with this one.` : `${file}: ${GARBLED}.`;
}

function namesIn(dir: string): string[] {
  try {
    return runsIn(dir);
  } catch {
    return [];
  }
}

function isThere(path: string): boolean {
  try {
    return lstatSync(path) !== undefined;
  } catch {
    return false;
  }
}

/** Merges runs, one a cloud: of a cloud that is there twice the newest counts. What is a string could not be found, and is why. */
export function merge(found: readonly (Found | string)[], now: Date): MergedVerdict {
  const faults = found.filter((each) => typeof each === 'string');
  const notes: string[] = [];
  const clouds: CloudVerdict[] = [];
  const runs = found.filter((each) => typeof each === 'object');
  for (const [name, all] of Map.groupBy(runs, ({ verdict }) => verdict.cloud.name)) {
    const newestFirst = all.toSorted((a, b) => Date.parse(b.verdict.finishedAt) - Date.parse(a.verdict.finishedAt));
    const [newest, ...others] = newestFirst;
    if (!newest) continue;
    for (const { folder, verdict } of others) {
      if (verdict.run === newest.verdict.run) continue;
      notes.push(`${name} is there twice: the newest run counts, in ${newest.folder}; the one in ${folder} does not.`);
      if (verdict.cloud.frontend !== newest.verdict.cloud.frontend)
        faults.push(
          `${name}: its runs name two front-ends, ${newest.verdict.cloud.frontend} in ${newest.folder} and ${verdict.cloud.frontend} in ${folder}. If they are two clouds, give each a name of its own in its site file; if they are one, leave ${folder} out.`,
        );
    }
    faults.push(
      ...shortcomings(newest, now).map(
        (what) => `${name}: ${what}, in ${newest.folder}. Give the folder of a new and whole audit or gate.`,
      ),
    );
    clouds.push(toCloud(newest));
  }
  return { ...worstVerdict(clouds, faults), faults, notes, clouds };
}

/** Why a run does not speak for its cloud as a whole, and for now. */
function shortcomings({ verdict, cut }: Found, now: Date): string[] {
  const { state } = ageOf(verdict, validFor(verdict), now);
  const lacking = isWhole(verdict) ? lackingIn(verdict) : [];
  return [
    ...(state === 'outdated' ? [`its run ended ${verdict.finishedAt}, too long ago to count (valid_for)`] : []),
    ...(state === 'of the future'
      ? [`its run ${verdict.run} (ended ${verdict.finishedAt}) is dated in the future, so its age is unknown`]
      : []),
    ...(lacking.length > 0 ? [`its run does not tell of ${lacking.join(', ')}, which its profile checks`] : []),
    ...(isWhole(verdict) ? [] : ['its run checked only a part of it']),
    ...(verdict.profile === 'setup' ? ['its run is a set-up, which is no verdict on it'] : []),
    ...(verdict.exitCode === EXIT.interrupted ? ['its run was interrupted'] : []),
    ...(cut === undefined ? [] : [`its newer run ${cut} was cut off or is under way, so this one is out of date`]),
  ];
}

function toCloud({ folder, verdict: file }: Found): CloudVerdict {
  const { cloud, profile, run, startedAt, finishedAt, verdict, exitCode, failOn, below, runFaults = [], requirements } = file;
  const counted = { ...(failOn !== undefined && { failOn }), ...(below && { below }) };
  return { ...cloud, profile, run, folder, startedAt, finishedAt, verdict, exitCode, ...counted, runFaults, requirements };
}

/** The worst verdict of all clouds; undetermined at best where something cannot be spoken for. */
export function worstVerdict(
  clouds: readonly { readonly verdict: OverallVerdict }[],
  faults: readonly string[],
): { verdict: OverallVerdict; exitCode: number } {
  const verdicts = [...clouds.map(({ verdict }) => verdict), ...(faults.length > 0 || clouds.length === 0 ? ['undetermined'] : [])];
  const [verdict, exitCode] = WORST_FIRST.find(([each]) => verdicts.includes(each)) ?? WORST_FIRST[1];
  return { verdict, exitCode };
}

/** The merged verdict in lines a person reads: each cloud, then the sum. */
export function toLines({ verdict, exitCode, faults, notes, clouds }: MergedVerdict, now: Date): string[] {
  const sum = WORST_FIRST.map(([each]) => [clouds.filter((cloud) => cloud.verdict === each).length, inWords(each)] as const).filter(
    ([number]) => number > 0,
  );
  const waivers = clouds.reduce((all, cloud) => all + waiversIn(cloud.requirements).length, 0);
  const waived = waivers > 0 ? `; ${count(waivers, 'waiver')} in force` : '';
  return [
    ...clouds.flatMap((cloud) => [
      `${cloud.name}, ${headline(cloud, now)}`,
      ...wanting(cloud),
      ...cloud.runFaults.map((fault) => `  The run itself: ${fault}`),
    ]),
    ...faults.map((fault) => `The merge itself: ${fault}`),
    ...notes,
    `${inWords(verdict).toUpperCase()}  ${count(clouds.length, 'cloud')}: ${sum.map(([number, what]) => `${number} ${what}`).join(', ') || 'none'}${waived} (exit ${exitCode})`,
  ];
}
