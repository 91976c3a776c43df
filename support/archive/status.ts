import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { PROVEN } from '../checks/canaries.ts';
import { UsageError, whyNot } from '../outcome/errors.ts';
import { EXIT, type Said } from '../outcome/exit-codes.ts';
import { isToDo } from '../outcome/outcome.ts';
import { ageInWords, inPeriods, isoInUtc } from '../outcome/period.ts';
import { verdictLine } from '../report/headline.ts';
import { proofLine, proofsIn } from '../report/proofs.ts';
import { inWords } from '../report/words.ts';
import { loadSite } from '../site/load.ts';
import type { VerdictFile } from '../verdict/schema.ts';
import { hasMoved, withLaterProofs } from './proofs.ts';
import { ageOf, GARBLED, isOfFuture, isWhole, lackingIn, OLDER, runsIn, type Stored, validFor, verdictOf } from './runs.ts';
import { MANIFEST } from './seal.ts';

/** How many requirements are told of, for all of it to stand on one screen. */
const TOLD = 12;
/** How many runs back another cloud, or a run of the other profile, is looked for. */
const FAR = 100;

/**
 * The newest verdict on a cloud, how old it is, and the exit code that says the same: the run's own, or 5 when it is older than `valid_for`.
 * Without a site file the reports must be of one cloud.
 * @throws UsageError when the site file is faulty or must be named.
 */
export async function status({
  site: file,
  isNamed,
  reports,
  now,
}: {
  site: string;
  isNamed: boolean;
  reports: string;
  now: Date;
}): Promise<Said> {
  const site = isNamed || existsSync(file) ? loadSite(file) : undefined;
  const folder = resolve(reports);
  const again = `backup-compliance audit --site ${file} --reports ${reports}`;
  const unknown = (...lines: string[]): Said => ({ lines: [...lines, `Run: ${again}`], exitCode: EXIT.undetermined });
  let names: string[];
  try {
    names = runsIn(folder);
  } catch (error) {
    return unknown(`${folder}: the reports folder cannot be read: ${whyNot(error)}. Name another with --reports, or begin with a run.`);
  }
  const { newest, other, unfinished, older, garbled, clouds } = newestOf(names, (name) => verdictOf(folder, name), site?.name);
  const unread = older.slice(0, 1).map((name) => `The run ${name} ${OLDER}: nothing is known of it.`);
  const cut = unfinished
    .slice(0, 1)
    .map((name) =>
      isOfFuture(name, now)
        ? ofFuture(name)
        : `The run ${name} is newer and has no verdict that was sealed (${MANIFEST}): it is under way, or was cut off.`,
    );
  if (garbled !== undefined)
    return unknown(
      `${join(folder, garbled, 'verdict.json')}: ${GARBLED}, so nothing is known of the newest run.`,
      ...(isOfFuture(garbled, now) ? [ofFuture(garbled)] : []),
    );
  if (clouds.length > 1)
    throw new UsageError(
      `${folder} holds runs of several clouds (${clouds.join(', ')}). Name the one you mean by its site file: --site FILE`,
    );
  if (!newest)
    return unknown(
      `${folder}: there is no run${site ? ` of “${site.name}”` : ''} of the whole cloud. A run with --only, and one of setup, is no verdict on it.`,
      ...cut,
      ...unread,
    );
  const lacking = lackingIn(newest);
  if (lacking.length > 0)
    return unknown(
      `${join(folder, newest.run, 'verdict.json')}: it does not tell of ${lacking.join(', ')}, which ${aOr(newest.profile)} checks. Something was taken out of it, or another version of the suite wrote it (${newest.suite}).`,
    );
  const proving = [newest, other].find((verdict) => verdict && !hasMoved(verdict, newest) && proofsIn(verdict.requirements).length > 0);
  const runs = { reports: folder, site: { name: newest.cloud.name, ...(site && { evidence: site.evidence }) } };
  const proofs = proving && proofLine(await withLaterProofs(runs, proving, PROVEN), now);
  const { lines, exitCode } = toStatus(newest, site ? site.valid_for * 1000 : validFor(newest), now);
  return {
    lines: [
      ...lines,
      ...(other ? [`Before it, ${headline(other, now)}`] : []),
      ...(proofs === undefined ? [] : [proofs]),
      ...cut,
      ...unread,
      ...(exitCode === EXIT.outdated ? [`Run: ${again}`] : []),
      `Report: ${join(folder, newest.run, 'index.html')}`,
    ],
    exitCode,
  };
}

/** What the runs say, the newest first; `cloud` undefined: of whichever cloud it is. */
export function newestOf(names: readonly string[], read: (name: string) => Stored, cloud: string | undefined) {
  let newest: VerdictFile | undefined;
  let other: VerdictFile | undefined;
  const unfinished: string[] = [];
  const older: string[] = [];
  const clouds = new Set<string>();
  for (const [at, name] of names.entries()) {
    if (newest && (other || at >= FAR)) break;
    const verdict = read(name);
    if (typeof verdict === 'object') {
      if (cloud !== undefined && verdict.cloud.name !== cloud) continue;
      clouds.add(verdict.cloud.name);
      if (!isWhole(verdict) || verdict.profile === 'setup') continue;
      if (!newest) newest = verdict;
      else if (verdict.profile !== newest.profile) other ??= verdict;
    } else if (!newest && verdict === 'garbled') {
      return { newest, other, unfinished, older, garbled: name, clouds: [] };
    } else if (!newest) {
      (verdict === 'older' ? older : unfinished).push(name);
    }
  }
  return { newest, other, unfinished, older, garbled: undefined, clouds: [...clouds] };
}

/** A verdict and its age, in lines, with the exit code of both; it counts for so many milliseconds. */
export function toStatus(verdict: VerdictFile, valid: number, now: Date): Said {
  const { state } = ageOf(verdict, valid, now);
  const lines = [
    `${verdict.cloud.name}, front-end ${verdict.cloud.frontend}`,
    headline(verdict, now),
    ...wanting(verdict),
    ...(verdict.runFaults ?? []).map((fault) => `  The run itself: ${fault}`),
  ];
  if (state === 'of the future') lines.push(`${ofFuture(verdict.run)} Its age is unknown (exit ${EXIT.outdated}).`);
  if (state === 'outdated')
    lines.push(`It is older than ${inPeriods(valid / 1000)} (valid_for), so it no longer counts (exit ${EXIT.outdated}).`);
  return { lines, exitCode: state === 'valid' ? verdict.exitCode : EXIT.outdated };
}

const ofFuture = (run: string): string =>
  `The run folder ${run} is dated in the future: set the clock right; where it is right, move the folder away.`;

const aOr = (profile: string): string => (profile === 'audit' ? 'an audit' : `a ${profile}`);

/** What is not met or undetermined, a line each. */
export function wanting({ requirements, below = [] }: Pick<VerdictFile, 'requirements' | 'below'>): string[] {
  const all = requirements.filter(({ outcome }) => isToDo(outcome));
  const told = all.slice(0, TOLD).map(({ id, title, outcome, since }) => {
    const dated = since === undefined ? '' : ` since ${since.slice(0, 10)}`;
    return `  ${id}  ${inWords(outcome)}${dated}: ${title}${below.includes(id) ? ' (does not count)' : ''}`;
  });
  return all.length > TOLD ? [...told, `  … and ${all.length - TOLD} more, see the report.`] : told;
}

/** A run's profile, its verdict, when it ended and how long ago that was. */
export function headline(
  file: Pick<VerdictFile, 'profile' | 'run' | 'verdict' | 'exitCode' | 'finishedAt' | 'requirements' | 'runFaults' | 'failOn' | 'below'>,
  now: Date,
): string {
  const { profile, run, finishedAt } = file;
  const { age, state } = ageOf({ run, finishedAt }, 0, now);
  return `${profile}: ${verdictLine(file)}, ${isoInUtc(finishedAt)}, ${ageInWords(Math.floor(Math.abs(age) / 1000))} ${state === 'of the future' && age < 0 ? 'from now' : 'ago'}`;
}
