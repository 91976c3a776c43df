import { relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Envelope, type Pickle, type TestStepResult, TestStepResultStatus, type Timestamp } from '@cucumber/messages';
import { EXIT } from '../outcome/exit-codes.ts';
import { NOT_REACHED } from '../outcome/judgement.ts';
import { isBelow, isId, isToDo, LEAST, type Outcome, SEVERITIES, type Severity, worst } from '../outcome/outcome.ts';
import { isOneOfMany, type Subject } from '../outcome/subject.ts';
import type { Waiver } from '../site/waivers.ts';
import { root } from '../suite.ts';
import { FINDINGS, type Findings, type Found } from './findings.ts';
import { idAmong, type Statement, statementsIn } from './requirements.ts';
import type { AppliedWaiver, JudgedSubject, OverallVerdict, Requirement, Verdict } from './schema.ts';
import { waive } from './waivers.ts';

/** What a verdict rests on besides Cucumber's messages. */
export interface Settings {
  readonly waivers: readonly Waiver[];
  /** The day of the run, on which waivers are in force or not: 2026-11-24. */
  readonly day: string;
  /** Requirements of a lower severity count neither for verdict nor exit code. */
  readonly failOn?: Severity;
}

/** Findings without what the evidence says: of many machines that is megabytes, and no verdict needs it. */
type Brief = Omit<Found, 'exhibits'> & { readonly files: readonly string[] };

interface Attempt {
  readonly results: TestStepResult[];
  findings: { readonly perSubject: boolean; readonly judgements: readonly Brief[] } | undefined;
  readonly startedAt: number;
  finishedAt: number | undefined;
}

/** A run, read off Cucumber's messages as they come. The only place where a verdict is computed. */
export class RunRecord {
  /** All that the run's features state, own ones beside ours. */
  readonly statements: Statement[] = [];
  readonly #settings: Settings;
  readonly #pickles = new Map<string, Pickle>();
  /** What is to be looked at, by pickle: its test case, once Cucumber has made one. */
  readonly #testCases = new Map<string, string | undefined>();
  /** Test case to its latest attempt; there is none of a test case that was not made. */
  readonly #attempts = new Map<string | undefined, Attempt>();
  /** Nothing was started where a hook around the run attaches something. */
  readonly #byStartedId = new Map<string | undefined, Attempt>();
  readonly #runFaults: string[] = [];
  /** What went wrong when all scenarios had had their turn: it kept none of them from being reached. */
  readonly #lateFaults: string[] = [];

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  /** The scenarios this run is to look at. One that is never reached is undetermined, not absent. */
  expect(pickles: readonly Pickle[]): void {
    for (const pickle of pickles) {
      this.#pickles.set(pickle.id, pickle);
      this.#testCases.set(pickle.id, undefined);
    }
  }

  /** The ids of the requirements that are to be looked at. */
  get planned(): readonly string[] {
    return [...this.#testCases.keys()].map((pickleId) => idOf(this.#pickles.get(pickleId)));
  }

  add(envelope: Envelope): void {
    const { gherkinDocument, pickle, testCase, testCaseStarted, testStepFinished, testCaseFinished, attachment } = envelope;
    const { testRunHookFinished, parseError, testRunFinished } = envelope;
    if (gherkinDocument) this.statements.push(...statementsIn(gherkinDocument));
    if (pickle) this.#pickles.set(pickle.id, pickle);
    if (testCase) this.#testCases.set(testCase.pickleId, testCase.id);
    if (testCaseStarted) {
      const attempt: Attempt = {
        ...{ results: [], findings: undefined },
        ...{ startedAt: secondsOf(testCaseStarted.timestamp), finishedAt: undefined },
      };
      this.#attempts.set(testCaseStarted.testCaseId, attempt);
      this.#byStartedId.set(testCaseStarted.id, attempt);
    }
    if (testStepFinished) this.#byStartedId.get(testStepFinished.testCaseStartedId)?.results.push(testStepFinished.testStepResult);
    if (testCaseFinished) {
      const attempt = this.#byStartedId.get(testCaseFinished.testCaseStartedId);
      if (attempt) attempt.finishedAt = secondsOf(testCaseFinished.timestamp);
    }
    if (attachment?.mediaType === FINDINGS) {
      const attempt = this.#byStartedId.get(attachment.testCaseStartedId);
      if (attempt) attempt.findings = inBrief(JSON.parse(attachment.body) as Findings);
    }
    // A dry run skips the hooks around it.
    if (testRunHookFinished && ![TestStepResultStatus.PASSED, TestStepResultStatus.SKIPPED].includes(testRunHookFinished.result.status))
      this.#runFaults.push(`a hook around the run failed: ${messageOf(testRunHookFinished.result)}`);
    if (parseError) this.#runFaults.push(`${parseError.source.uri}: ${parseError.message}`);
    if (testRunFinished?.exception)
      this.#runFaults.push(`the run failed: ${testRunFinished.exception.message ?? testRunFinished.exception.type}`);
  }

  /** What a running or finished scenario came to so far, by the id of its start. */
  requirementOf(testCaseStartedId: string): Requirement | undefined {
    const attempt = this.#byStartedId.get(testCaseStartedId);
    const entry = [...this.#attempts].find(([, candidate]) => candidate === attempt);
    const [pickleId] = [...this.#testCases].find(([, testCaseId]) => testCaseId !== undefined && testCaseId === entry?.[0]) ?? [];
    return pickleId === undefined ? undefined : this.#requirement(pickleId);
  }

  /** The subjects that a requirement was judged of, those included that a verdict does not list; undefined where it was not judged one by one. */
  judgedOf(id: string): readonly (Subject & { readonly outcome: Outcome })[] | undefined {
    const [pickleId] = [...this.#testCases.keys()].filter((each) => idOf(this.#pickles.get(each)) === id);
    const { perSubject = false, judgements = [] } = this.#attempts.get(this.#testCases.get(pickleId ?? ''))?.findings ?? {};
    if (!perSubject) return undefined;
    return conclude(judgements, id, this.#settings).judgements.flatMap(({ subject, outcome }) =>
      subject ? [{ ...subject, outcome }] : [],
    );
  }

  /** How many requirements there are, and how many are decided. */
  get progress(): { total: number; done: number } {
    return { total: this.#testCases.size, done: [...this.#attempts.values()].filter(({ finishedAt }) => finishedAt !== undefined).length };
  }

  /** Something went wrong beside the scenarios: what they came to stands. */
  fault(message: string): void {
    this.#lateFaults.push(message);
  }

  /** In the order of ids, whatever order the scenarios ran in; `faults` are those of the run that came up last. */
  verdict(faults: readonly string[] = []): Verdict {
    const requirements = [...this.#testCases.keys()].map((pickleId) => this.#requirement(pickleId)).toSorted(byId);
    const runFaults = [...this.#runFaults, ...this.#lateFaults, ...faults, ...misnamed(requirements)];
    return { ...overall(requirements, runFaults, this.#settings.failOn), requirements, runFaults };
  }

  #requirement(pickleId: string): Requirement {
    const pickle = this.#pickles.get(pickleId);
    const attempt = this.#attempts.get(this.#testCases.get(pickleId));
    const id = idOf(pickle);
    const { perSubject = false, judgements = [] } = attempt?.findings ?? {};
    const concluded = conclude(judgements, id, this.#settings);
    const decided = decide(pickle, attempt, concluded, this.#runFaults);
    const { judgements: all } = concluded;
    const named = Map.groupBy(all, ({ subject }) => subject && `${subject.kind} ${subject.name}`);
    // What a gate judges are few, and by those that it proved later gates know whose turn it is.
    const isShown = (judgement: (typeof all)[number]) => profileOf(pickle) === 'gate' || isListed(judgement);
    const isUnique = ({ kind, name }: Subject) => named.get(`${kind} ${name}`)?.length === 1;
    // Only what the suite can be asked for: a set-up is begun as a whole, and another set of requirements is run by its own means.
    const recheck = (of: Outcome, subject?: Brief['subject']) =>
      isToDo(of) &&
      id.startsWith('BDS-') &&
      profileOf(pickle) !== 'setup' && { recheck: `backup-compliance ${profileOf(pickle)} --only ${onlyOf(id, subject, isUnique)}` };
    const told = ({
      outcome,
      reason,
      fix,
      measured,
      note,
      waiver,
      files,
      subject,
      tried,
      proven,
    }: (typeof concluded.judgements)[number]): JudgedSubject => ({
      ...(subject ?? { kind: 'machine', name: '' }),
      ...{ outcome, reason },
      ...(fix !== undefined && { fix }),
      ...recheck(outcome, subject),
      ...(measured !== undefined && { measured }),
      ...(note !== undefined && { note }),
      ...waived(outcome, waiver),
      ...restingOn(files),
      ...(tried !== undefined && { tried }),
      ...(proven !== undefined && { proven }),
    });
    const left = all.filter((judgement) => !isShown(judgement));
    const [only] = judgements.length === 1 ? concluded.judgements : [];
    return {
      id,
      title: pickle?.name ?? '',
      severity: severityOf(pickle),
      feature: placeOf(pickle),
      ...decided,
      ...lasting(attempt),
      ...(only?.fix !== undefined && !perSubject && { fix: only.fix }),
      ...(!perSubject && recheck(decided.outcome)),
      ...(only?.measured !== undefined && !perSubject && { measured: only.measured }),
      ...(decided.outcome === 'met' && measuredOf(left)),
      ...(concluded.note && { note: concluded.note }),
      ...waived(decided.outcome, firstToExpire(decided.outcome, concluded.judgements)),
      ...(perSubject
        ? { subjects: all.filter(isShown).map(told), ...unlisted(left), ...restingOn(left.flatMap(({ files }) => files)) }
        : restingOn(judgements.flatMap(({ files }) => files))),
    };
  }
}

/** The verdict that a run's messages come to; `planned` are the scenarios that it was to look at. */
export function verdictOf(messages: Iterable<Envelope>, settings: Settings, planned: readonly Pickle[] = []): Verdict {
  const record = new RunRecord(settings);
  record.expect(planned);
  for (const message of messages) record.add(message);
  return record.verdict();
}

/** How many subjects the sentence of a requirement names; all of them stand under it, each with its own reason. */
export const NAMED = 8;

/** What the judgements of one check come to together, waivers applied: the outcome that ends its step, and stands in the verdict. */
export function conclude<J extends Omit<Found, 'exhibits'>>(judgements: readonly J[], id: string, { waivers, day }: Settings) {
  const waivedOnes = judgements.map((judgement) => waive(judgement, id, waivers, day));
  const outcome = worst(waivedOnes.map((judgement) => judgement.outcome));
  const notes = waivedOnes.flatMap(({ note }) => note ?? []);
  return {
    outcome,
    reason: sentence(waivedOnes, outcome),
    note: [...notes.slice(0, NAMED), ...(notes.length > NAMED ? [`… and ${notes.length - NAMED} more.`] : [])].join(' '),
    judgements: waivedOnes,
  };
}

/** Of many there is a number in their stead where nothing is to be seen on them. */
const isListed = ({ subject, outcome }: { readonly subject?: Subject; readonly outcome: Outcome }): boolean =>
  !isOneOfMany(subject) || (outcome !== 'met' && outcome !== 'not-applicable');

/** Of many that are met what was measured on the first, for all that are in no list. */
function measuredOf(left: readonly Brief[]): Pick<Requirement, 'measured'> {
  const measured = left.filter(({ outcome, measured: of }) => outcome === 'met' && of !== undefined);
  const [first] = measured;
  return first
    ? { measured: `${first.subject?.name}: ${first.measured}${measured.length > 1 ? `; and ${measured.length - 1} more` : ''}` }
    : {};
}

function unlisted(left: readonly { readonly outcome: Outcome }[]): Pick<Requirement, 'subjectsMet' | 'subjectsNotApplicable'> {
  const met = left.filter(({ outcome }) => outcome === 'met').length;
  return {
    ...(met > 0 && { subjectsMet: met }),
    ...(left.length > met && { subjectsNotApplicable: left.length - met }),
  };
}

/** The reason of several judgements in one: as it is where there is one, else how many of all, and each of the first. */
export function sentence(judgements: readonly Pick<Found, 'outcome' | 'reason'>[], outcome: Outcome, all = judgements.length): string {
  const concerned = judgements.filter((judgement) => judgement.outcome === outcome);
  const [only] = concerned;
  if (outcome === 'met' || !only) return '';
  if (all === 1) return only.reason;
  const more = concerned.length > NAMED ? ` | … and ${concerned.length - NAMED} more` : '';
  const reasons = concerned.slice(0, NAMED).map(({ reason }) => reason);
  return `${concerned.length} of ${all}: ${reasons.join(' | ')}${more}`;
}

/** One for all that have none: of large clouds they are many. */
const NONE: readonly string[] = [];

function inBrief({ perSubject, judgements }: Findings): Attempt['findings'] {
  return {
    perSubject,
    judgements: judgements.map(({ exhibits, ...found }) => ({
      ...found,
      files: exhibits.length === 0 ? NONE : exhibits.map(({ file }) => file),
    })),
  };
}

/** A waiver as it stands beside an outcome. Nothing but not met can be waived. */
function waived(outcome: Outcome, waiver: AppliedWaiver | undefined): Pick<Requirement, 'waiver' | 'trueOutcome'> {
  return { ...(waiver && { waiver }), ...(outcome === 'waived' && { trueOutcome: 'not-met' }) };
}

/** Of the waivers of what decides the outcome. Days in ISO 8601 sort by date. */
function firstToExpire(
  outcome: Outcome,
  judgements: readonly { readonly outcome: Outcome; readonly waiver?: AppliedWaiver }[],
): AppliedWaiver | undefined {
  const deciding = judgements.filter((judgement) => judgement.outcome === outcome).flatMap(({ waiver }) => waiver ?? []);
  return deciding.toSorted((a, b) => a.expires.localeCompare(b.expires))[0];
}

/** To the millisecond. A clock that was set back says nothing. */
function lasting(attempt: Attempt | undefined): Pick<Requirement, 'seconds'> {
  if (attempt?.finishedAt === undefined || attempt.finishedAt < attempt.startedAt) return {};
  return { seconds: Math.round((attempt.finishedAt - attempt.startedAt) * 1000) / 1000 };
}

const secondsOf = ({ seconds, nanos }: Timestamp): number => seconds + nanos / 1e9;

function restingOn(files: readonly string[]): Pick<Requirement, 'evidence'> {
  return files.length === 0 ? {} : { evidence: [...new Set(files)] };
}

type Decision = Pick<Requirement, 'outcome' | 'reason'>;

/**
 * What one scenario came to. Cucumber's own results come first; a check's findings only say what they mean.
 * Whatever does not fit together is undetermined: a pass that looked at nothing is no pass.
 */
function decide(
  pickle: Pickle | undefined,
  attempt: Attempt | undefined,
  { outcome: found, reason }: Decision,
  runFaults: readonly string[],
): Decision {
  const undetermined = (why: string): Decision => ({ outcome: 'undetermined', reason: why });
  if (!attempt) return undetermined(runFaults[0] ? `Not reached: ${runFaults[0]}` : `${NOT_REACHED} before. Run it again.`);
  if (!pickle || pickle.steps.length === 0) return undetermined('The scenario has no steps, so nothing was checked. Restore its steps.');
  const { results } = attempt;
  const having = (...statuses: TestStepResultStatus[]) => results.find(({ status }) => statuses.includes(status));

  const unmet = results.find(({ exception }) => exception?.type === 'AssertionError');
  if (unmet) return { outcome: 'not-met', reason: (found === 'not-met' && reason) || messageOf(unmet) };
  const failed = having(TestStepResultStatus.FAILED);
  if (failed) return undetermined((found === 'undetermined' && reason) || `The check itself failed: ${messageOf(failed)}`);
  if (having(TestStepResultStatus.UNDEFINED))
    return undetermined('A step of the scenario has no definition, so nothing was checked. Add it, or correct its wording.');
  if (having(TestStepResultStatus.AMBIGUOUS))
    return undetermined('A step of the scenario has more than one definition. Reword one of them.');
  if (having(TestStepResultStatus.PENDING))
    return undetermined('A step of the scenario is not written yet, so nothing was checked. Write its definition.');
  if (attempt.finishedAt === undefined) return undetermined(`${NOT_REACHED} in the middle of it. Run it again.`);
  if (having(TestStepResultStatus.SKIPPED)) {
    if (found === 'blocked' || found === 'not-applicable' || found === 'waived') return { outcome: found, reason };
    return undetermined('The scenario was skipped, and no check said why.');
  }
  if (!having(TestStepResultStatus.PASSED)) return undetermined('No step of the scenario was run, so nothing was checked. Run it again.');
  if (found !== 'met') return undetermined('The scenario passed, but no check found the requirement met.');
  return { outcome: 'met', reason: '' };
}

/** The verdict of all requirements together that count, the exit code that says the same, and which do not count. */
export function overall(
  requirements: readonly Pick<Requirement, 'id' | 'outcome' | 'severity'>[],
  runFaults: readonly string[],
  failOn: Severity = LEAST,
): Pick<Verdict, 'verdict' | 'exitCode' | 'failOn' | 'below'> {
  const below = requirements.filter(({ severity }) => isBelow(severity, failOn));
  const counting = requirements.filter((each) => !below.includes(each));
  return { ...worstOf(counting, runFaults), ...(failOn !== LEAST && { failOn, below: below.map(({ id }) => id) }) };
}

function worstOf(
  requirements: readonly Pick<Requirement, 'outcome'>[],
  runFaults: readonly string[],
): { verdict: OverallVerdict; exitCode: number } {
  const any = (...outcomes: Outcome[]) => requirements.some(({ outcome }) => outcomes.includes(outcome));
  if (any('not-met')) return { verdict: 'not-compliant', exitCode: EXIT.notCompliant };
  if (any('undetermined', 'blocked') || runFaults.length > 0) return { verdict: 'undetermined', exitCode: EXIT.undetermined };
  if (!any('met', 'waived')) return { verdict: 'nothing-evaluated', exitCode: EXIT.nothingEvaluated };
  return { verdict: 'compliant', exitCode: EXIT.compliant };
}

/** A requirement, perhaps of one subject alone, as --only takes it; quoted where a shell would take it apart. */
function onlyOf(id: string, subject: Subject | undefined, isUnique: (subject: Subject) => boolean): string {
  if (!subject) return id;
  const { kind, name } = subject;
  // A name of digits would be read as an id.
  const called = subject.id !== undefined && (!isUnique(subject) || /^\d+$/.test(name)) ? subject.id : name;
  const only = `${id}@${kind === 'host' || kind === 'machine' ? name : `${kind} ${called}`}`;
  return /^[\w.@:-]+$/.test(only) ? only : `"${only}"`;
}

function byId(one: Requirement, other: Requirement): number {
  return one.id.localeCompare(other.id) || one.feature.localeCompare(other.feature);
}

/** The requirement's id off its tags; the scenario's name where it has none. */
export function idOf(pickle: Pickle | undefined): string {
  return idAmong(pickle?.tags ?? []) ?? pickle?.name ?? '';
}

/** The command that looks at a scenario: what it is tagged with. */
function profileOf(pickle: Pickle | undefined): 'audit' | 'setup' | 'gate' {
  return (['setup', 'gate'] as const).find((profile) => pickle?.tags.some(({ name }) => name === `@${profile}`)) ?? 'audit';
}

const ownFeatures = fileURLToPath(new URL('features/', root));

/** Where a scenario stands. Ours are below features/ wherever Cucumber was started; as it names them those of others. */
export function placeOf(pickle: Pickle | undefined): string {
  const path = resolve(pickle?.uri ?? '?');
  const uri = path.startsWith(ownFeatures) ? relative(fileURLToPath(root), path) : pickle?.uri;
  return `${uri ?? '?'}:${pickle?.location?.line ?? 0}`;
}

/** What keeps requirements from being told apart: a scenario without an id, or one whose id or place is that of another. */
export function misnamed(requirements: readonly Pick<Requirement, 'id' | 'feature'>[]): string[] {
  const missing = requirements.filter(({ id }) => !isId(id));
  const shared = (of: 'id' | 'feature') =>
    [...Map.groupBy(requirements, (requirement) => requirement[of])].filter(([, members]) => members.length > 1);
  return [
    ...missing.map(({ feature }) => `${feature}: expected a tag that is the requirement's id, such as @ORG-001, found none. Add one.`),
    ...shared('id').map(
      ([id, members]) =>
        `${id}: expected one scenario with this id, found ${members.length}: ${members.map(({ feature }) => feature).join(', ')}. Give each an id of its own.`,
    ),
    ...shared('feature').map(
      ([feature, members]) =>
        `${feature}: expected one scenario there, found ${members.map(({ id }) => id).join(' and ')}. Rename one of the files.`,
    ),
  ];
}

function severityOf(pickle: Pickle | undefined): Severity {
  const named = pickle?.tags.map(({ name }) => name.replace('@severity:', '')).find((name) => SEVERITIES.some((known) => known === name));
  return (named as Severity | undefined) ?? 'normal';
}

function messageOf({ exception, message }: TestStepResult): string {
  return exception?.message ?? message?.split('\n')[0] ?? 'no message';
}
