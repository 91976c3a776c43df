import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Trial, Uncounted } from '../facts/gate.ts';
import type { Road } from '../facts/road.ts';
import { messageOf } from '../outcome/errors.ts';
import { EXIT } from '../outcome/exit-codes.ts';
import type { Outcome } from '../outcome/outcome.ts';
import type { Site } from '../site/schema.ts';
import type { JudgedSubject, VerdictFile } from '../verdict/schema.ts';
import { earlierRuns, futureRuns, GARBLED, isOfFuture, unsealed, verdictOf } from './runs.ts';
import { MANIFEST } from './seal.ts';
import { fingerprintOf } from './ssh-keygen.ts';
import { signerOf, verifyEvidence } from './verify.ts';

/** Whose earlier runs are asked: those before the run `id`, of the cloud of that site. Where its runs are signed, only those by that key prove something. */
interface Runs {
  readonly reports: string;
  readonly id: string;
  /** Only those that began later than this run. */
  readonly after?: string;
  readonly site: { readonly name: string; readonly evidence?: Site['evidence'] };
}

/** The same, of this front-end, and of backups that took the road of this run; none where that is unknown. */
interface Wanted extends Runs {
  readonly frontend: string;
  readonly road: Road | undefined;
}

/** What OpenNebula lists now under an id. */
type Listed = Readonly<Pick<Named, 'id' | 'name'>>;

/** A run that is not counted, and the subjects of which it would have told something new, or may have. */
export interface LeftOut extends Omit<Uncounted, 'saysFailed'> {
  readonly ids: readonly string[];
  /** Those of which it says that they failed, and no run that counts has proven them since: it proves nothing, but lets no older proof count. */
  readonly failed?: readonly string[];
}

/**
 * When each of these subjects last met a requirement, by OpenNebula's id: the end of the newest earlier run that says so; when it was tried
 * since then, in vain; and whether any run says that it failed since then. A run proves nothing
 * that is of another front-end, datastore or backup server, or of a subject of another name, or whose files differ from their manifest, or that is not signed as the site file asks; of the others none is opened further than its verdict.
 */
export async function provenBefore(
  runs: Wanted,
  requirement: string,
  wanted: readonly Listed[],
): Promise<{
  readonly proven: ReadonlyMap<string, string>;
  readonly inVain: ReadonlyMap<string, string>;
  readonly failed: ReadonlySet<string>;
  readonly leftOut: readonly LeftOut[];
}> {
  const proven = new Map<string, string>();
  const inVain = new Map<string, string>();
  const failed = new Set<string>();
  const leftOut: LeftOut[] = [];
  const wasInVain = ({ id, outcome, tried }: Named): boolean => outcome !== 'met' && isPast(tried) && !inVain.has(id);
  const isNews = (subject: Named) => !proven.has(subject.id) && (subject.outcome === 'met' || wasInVain(subject) || isFailure(subject));
  const unknown = () => wanted.filter(({ id }) => !proven.has(id));
  for await (const { verdict, news } of soundRuns(runs, requirement, { isNews, unknown, leftOut })) {
    for (const subject of news) {
      const { id, outcome, tried = '' } = subject;
      if (outcome === 'met') proven.set(id, verdict.finishedAt);
      else if (wasInVain(subject)) inVain.set(id, tried);
      if (isFailure(subject)) failed.add(id);
    }
    if (unknown().length === 0) break;
  }
  for (const run of leftOut) for (const id of run.failed ?? []) failed.add(id);
  return { proven, inVain, failed, leftOut };
}

/** Whoever waives that. */
const isFailure = ({ outcome, trueOutcome }: JudgedSubject): boolean => (trueOutcome ?? outcome) === 'not-met';

/** Not by a clock that was ahead. */
const isPast = (time: string | undefined): boolean => time !== undefined && time <= new Date().toISOString();

/**
 * How each of these subjects fared when it was last tried, and when it was last proven by that, by OpenNebula's id. Only the run that tried it
 * tells: what a later one says by that is no second proof, though it tried in vain meanwhile. A failure stays one until there is a proof.
 */
export async function trialsBefore(
  runs: Wanted,
  requirement: string,
  wanted: readonly Listed[],
): Promise<{ readonly trials: ReadonlyMap<string, Trial>; readonly leftOut: readonly LeftOut[] }> {
  const trials = new Map<string, Trial>();
  const leftOut: LeftOut[] = [];
  const isKnown = (id: string) => trials.get(id)?.proven !== undefined;
  const isNews = (subject: Named) => {
    const { id, tried } = subject;
    if (tried === undefined || isKnown(id)) return false;
    const last = trials.get(id);
    return !last || isProof(subject) || (last.outcome !== 'not-met' && outcomeOf(subject) === 'not-met');
  };
  const unknown = () => wanted.filter(({ id }) => !isKnown(id));
  for await (const { verdict, news } of soundRuns(runs, requirement, { isNews, unknown, leftOut })) {
    for (const subject of news) {
      const { id, tried = '' } = subject;
      const last = trials.get(id);
      const came = { ended: tried, outcome: outcomeOf(subject), run: verdict.run };
      const decided = last?.outcome === 'not-met' ? last : came;
      trials.set(id, { ...decided, tried: last?.tried ?? tried, ...(isProof(subject) && { proven: tried }) });
    }
    if (unknown().length === 0) break;
  }
  return { trials, leftOut };
}

/** Later than every run there is. */
const NEVER = '9999';

/** A verdict's requirements, in which one says of its subjects when they were proven, with what later runs of some of them have proven since. */
export async function withLaterProofs(
  { reports, site }: Pick<Runs, 'reports' | 'site'>,
  { run: after, cloud: { frontend, datastore: road }, requirements }: VerdictFile,
  requirement: string,
): Promise<VerdictFile['requirements']> {
  const of = requirements.find(({ id }) => id === requirement);
  const wanted = (of?.subjects ?? []).filter((subject): subject is Named => subject.id !== undefined);
  if (!of || wanted.length === 0) return requirements;
  const { trials } = await trialsBefore({ reports, id: NEVER, after, site, frontend, road }, requirement, wanted);
  const subjects = (of.subjects ?? []).map((subject) => {
    const proven = trials.get(subject.id ?? '')?.proven;
    return proven !== undefined && proven > (subject.proven ?? '') ? { ...subject, proven } : subject;
  });
  return requirements.map((each) => (each === of ? { ...each, subjects } : each));
}

/** Whether it was proven then. One that is met by an older proof says when that was. */
const isProof = ({ outcome, tried = '', proven }: Named): boolean => outcome === 'met' && proven === tried && isPast(tried);

/** What the try itself came to, whoever waives that. */
const outcomeOf = (subject: Named): Outcome => {
  const { outcome, trueOutcome = outcome } = subject;
  return trueOutcome === 'met' && !isProof(subject) ? 'undetermined' : trueOutcome;
};

type Named = JudgedSubject & { readonly id: string };

interface Reading {
  readonly isNews: (subject: Named) => boolean;
  /** The subjects of which an older run may still tell something. */
  readonly unknown: () => readonly Listed[];
  /** Is added to. */
  readonly leftOut: LeftOut[];
}

const DATED_AHEAD = 'it is dated in the future. Set the clock right, or move its folder away';

/** The earlier runs that tell something new, newest first, each with what is new in it. Runs that do not count are left out and named. */
async function* soundRuns(
  { reports, id, after = '', site, ...now }: Wanted,
  requirement: string,
  { isNews, unknown, leftOut }: Reading,
): AsyncGenerator<{ verdict: VerdictFile; news: readonly Named[] }> {
  const newsIn = ({ requirements }: VerdictFile) => {
    const asked = new Set(unknown().map((each) => each.id));
    const isAsked = (subject: JudgedSubject): subject is Named => subject.id !== undefined && asked.has(subject.id);
    const subjects = requirements.find((each) => each.id === requirement)?.subjects ?? [];
    return subjects.filter(isAsked).filter(isNews);
  };
  const isSame = ({ id: of, name }: Named) => unknown().some((each) => each.id === of && each.name === name);
  const failedIn = (news: readonly Named[]): Pick<LeftOut, 'failed'> => {
    const failed = news.filter((each) => isFailure(each) && isSame(each)).map((each) => each.id);
    return failed.length > 0 ? { failed } : {};
  };
  for (const run of [...futureRuns(reports), ...earlierRuns(reports, id)].filter((each) => each > after)) {
    const folder = join(reports, run);
    const verdict = verdictOf(reports, run);
    if (typeof verdict !== 'object') {
      const why = verdict === 'garbled' ? `verdict.json: ${GARBLED}` : `it has no ${MANIFEST}`;
      // One that has none was cut off, or is under way.
      if (verdict !== 'older' && existsSync(join(folder, 'verdict.json'))) {
        const said = unsealed(reports, run);
        const of = said?.cloud.name === site.name ? newsIn(said) : [];
        leftOut.push({ run, why, ids: unknown().map((each) => each.id), ...failedIn(of) });
      }
      continue;
    }
    if (verdict.cloud.name !== site.name) continue;
    const news = newsIn(verdict);
    if (news.length === 0) continue;
    const why = isOfFuture(run, new Date())
      ? DATED_AHEAD
      : (ofAnother(now, verdict.cloud) ?? (await unsound(folder, site.evidence?.sign_with)));
    if (why !== undefined) {
      leftOut.push({ run, why, ids: news.map((subject) => subject.id), ...failedIn(news) });
      continue;
    }
    const renamed = news.filter((each) => !isSame(each));
    leftOut.push(...renamed.map((each) => ({ run, why: `${each.name} had the id ${each.id} then`, ids: [each.id] })));
    const same = news.filter(isSame);
    if (same.length > 0) yield { verdict, news: same };
  }
}

/** Why what another run proves says nothing of this front-end and road; undefined where they are the same. */
function ofAnother(now: Pick<Wanted, 'frontend' | 'road'>, then: VerdictFile['cloud']): string | undefined {
  if (then.frontend !== now.frontend) return `it is of another front-end, ${then.frontend}`;
  return ofAnotherRoad(now.road, then.datastore);
}

/** Why what took that road proves nothing of this one; undefined where they are the same. */
function ofAnotherRoad(road: Road | undefined, other: Road | undefined): string | undefined {
  if (!road) return 'where backups go now is unknown';
  if (!other) return 'it does not say where its backups went';
  if (other.id !== road.id) return `its backups went to datastore ${other.id}, not ${road.id}`;
  return other.hostKey === road.hostKey ? undefined : `its backups went to a server with another host key, ${other.hostKey}`;
}

/** Why a run cannot be relied on; undefined where all its files are as they were sealed, and signed by the key, if there is one. */
async function unsound(folder: string, key: string | undefined): Promise<string | undefined> {
  const { exitCode } = await verifyEvidence(folder);
  if (exitCode !== EXIT.compliant)
    return exitCode === EXIT.notCompliant ? `its files differ from ${MANIFEST}` : `its files could not be compared with ${MANIFEST}`;
  return key === undefined ? undefined : unsigned(folder, key);
}

/** Whoever can edit the files can also edit their manifest, but not sign it. */
async function unsigned(folder: string, key: string): Promise<string | undefined> {
  try {
    const [wanted, signer] = await Promise.all([fingerprintOf(key), signerOf(folder)]);
    return signer === wanted ? undefined : 'it is not signed with the key in evidence.sign_with';
  } catch (error) {
    return `its signature could not be compared with evidence.sign_with: ${messageOf(error)}`;
  }
}

/** When the newest run that restored the test backup ended: this one, or an earlier one of its cloud, from the backup server that it has now. */
export function newestRestoreTest({ reports, id, site }: Runs, file: VerdictFile): string | undefined {
  const hasRestored = ({ requirements }: VerdictFile) => requirements.some((each) => each.id === 'BDS-601' && each.outcome === 'met');
  if (hasRestored(file)) return file.finishedAt;
  for (const run of earlierRuns(reports, id)) {
    const verdict = verdictOf(reports, run);
    if (typeof verdict !== 'object' || verdict.cloud.name !== site.name || !hasRestored(verdict)) continue;
    if (!hasMoved(verdict, file)) return verdict.finishedAt;
  }
  return undefined;
}

/** Whether an earlier run is of another front-end than a later one, or its backups went another way; the later knows its own. */
export const hasMoved = ({ cloud: before }: VerdictFile, { cloud: { frontend, datastore } }: VerdictFile): boolean =>
  datastore !== undefined && ofAnother({ frontend, road: datastore }, before) !== undefined;
