import { relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Envelope, type Pickle, type TestStepResult, TestStepResultStatus } from '@cucumber/messages';
import type { Exhibit } from '../archive/evidence.ts';
import { type AppliedWaiver, isId, type Outcome, type Severity, worst } from '../outcome/outcome.ts';
import { scrub } from '../outcome/secrets.ts';
import { root } from '../suite.ts';
import { idAmong, type Statement, statementsIn } from './requirements.ts';

/** The media type under which a step attaches what its check found. */
export const FINDINGS = 'application/vnd.opennebula-backup-compliance.findings+json';

/** What a step attaches: the findings of one check, machine by machine. */
export interface Findings {
  /** One sentence for all machines together; empty when met. */
  readonly reason: string;
  readonly note?: string;
  readonly machines: readonly MachineFinding[];
  /** False where a requirement is about one thing, and naming its machine would say nothing. */
  readonly perMachine: boolean;
}

export interface MachineFinding {
  readonly name: string;
  readonly outcome: Outcome;
  readonly reason: string;
  readonly note?: string;
  readonly waiver?: AppliedWaiver;
  readonly exhibits: readonly Exhibit[];
}

/** What a requirement comes to on one machine, in verdict.json. */
export interface OnMachine extends Omit<MachineFinding, 'exhibits'> {
  /** What it would be without the waiver. */
  readonly trueOutcome?: Outcome;
  /** The files it rests on, relative to the run's folder; absent where there are none. */
  readonly evidence?: readonly string[];
}

/** One requirement of verdict.json, schema 1. */
export interface Requirement {
  readonly id: string;
  readonly title: string;
  readonly severity: Severity;
  readonly feature: string;
  readonly outcome: Outcome;
  readonly reason: string;
  readonly note?: string;
  readonly since?: string;
  /** Covers it, or did until it expired; of several, the one that expires first. */
  readonly waiver?: AppliedWaiver;
  /** What it would be without the waiver. */
  readonly trueOutcome?: Outcome;
  /** The files it rests on, relative to the run's folder; absent where each machine has its own, and where there are none. */
  readonly evidence?: readonly string[];
  readonly machines?: readonly OnMachine[];
}

export type OverallVerdict = 'compliant' | 'not-compliant' | 'undetermined' | 'nothing-evaluated';

/** What a run came to, before it is named and dated. */
export interface Verdict {
  readonly verdict: OverallVerdict;
  readonly exitCode: number;
  readonly requirements: readonly Requirement[];
  /** What went wrong with the run itself, outside any scenario. */
  readonly runFaults: readonly string[];
}

const severities: readonly string[] = ['blocker', 'critical', 'normal', 'minor'];

/** A run, read off Cucumber's messages as they come. The only place where a verdict is computed. */
export class RunRecord {
  /** All that the run's features state, own ones beside ours. */
  readonly statements: Statement[] = [];
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

  /** The scenarios this run is to look at. One that is never reached is undetermined, not absent. */
  expect(pickleIds: readonly string[]): void {
    for (const id of pickleIds) this.#testCases.set(id, undefined);
  }

  add(envelope: Envelope): void {
    const {
      gherkinDocument,
      pickle,
      testCase,
      testCaseStarted,
      testStepFinished,
      testCaseFinished,
      attachment,
      testRunHookFinished,
      parseError,
      testRunFinished,
    } = envelope;
    if (gherkinDocument) this.statements.push(...statementsIn(gherkinDocument));
    if (pickle) this.#pickles.set(pickle.id, pickle);
    if (testCase) this.#testCases.set(testCase.pickleId, testCase.id);
    if (testCaseStarted) {
      const attempt: Attempt = { results: [], findings: undefined, finished: false };
      this.#attempts.set(testCaseStarted.testCaseId, attempt);
      this.#byStartedId.set(testCaseStarted.id, attempt);
    }
    if (testStepFinished) this.#byStartedId.get(testStepFinished.testCaseStartedId)?.results.push(testStepFinished.testStepResult);
    if (testCaseFinished) {
      const attempt = this.#byStartedId.get(testCaseFinished.testCaseStartedId);
      if (attempt) attempt.finished = true;
    }
    if (attachment?.mediaType === FINDINGS) {
      const attempt = this.#byStartedId.get(attachment.testCaseStartedId);
      if (attempt) attempt.findings = withFilesAlone(JSON.parse(attachment.body) as Findings);
    }
    // A dry run skips the hooks around it.
    if (testRunHookFinished && ![TestStepResultStatus.PASSED, TestStepResultStatus.SKIPPED].includes(testRunHookFinished.result.status)) {
      this.#runFaults.push(`a hook around the run failed: ${messageOf(testRunHookFinished.result)}`);
    }
    if (parseError) this.#runFaults.push(`${parseError.source.uri}: ${parseError.message}`);
    if (testRunFinished?.exception)
      this.#runFaults.push(scrub(`the run failed: ${testRunFinished.exception.message ?? testRunFinished.exception.type}`));
  }

  /** What a running or finished scenario came to so far, by the id of its start. */
  requirementOf(testCaseStartedId: string): Requirement | undefined {
    const attempt = this.#byStartedId.get(testCaseStartedId);
    const entry = [...this.#attempts].find(([, candidate]) => candidate === attempt);
    const [pickleId] = [...this.#testCases].find(([, testCaseId]) => testCaseId !== undefined && testCaseId === entry?.[0]) ?? [];
    return pickleId === undefined ? undefined : this.#requirement(pickleId);
  }

  /** How many requirements there are, and how many are decided. */
  get progress(): { total: number; done: number } {
    return { total: this.#testCases.size, done: [...this.#attempts.values()].filter(({ finished }) => finished).length };
  }

  /** Something went wrong beside the scenarios: what they came to stands. */
  fault(message: string): void {
    this.#lateFaults.push(scrub(message));
  }

  verdict(): Verdict {
    const requirements = [...this.#testCases.keys()].map((pickleId) => this.#requirement(pickleId));
    const runFaults = [...this.#runFaults, ...this.#lateFaults, ...misnamed(requirements)];
    return { ...overall(requirements, runFaults), requirements, runFaults };
  }

  #requirement(pickleId: string): Requirement {
    const pickle = this.#pickles.get(pickleId);
    const attempt = this.#attempts.get(this.#testCases.get(pickleId));
    const decided = decide(pickle, attempt, this.#runFaults);
    const findings = attempt?.findings;
    return {
      id: idOf(pickle),
      title: pickle?.name ?? '',
      severity: severityOf(pickle),
      feature: placeOf(pickle),
      ...decided,
      ...(findings?.note && { note: findings.note }),
      ...waived(decided.outcome, firstToExpire(decided.outcome, findings?.machines ?? [])),
      ...(findings?.perMachine
        ? {
            machines: findings.machines.map(({ name, outcome, reason, note, waiver, files }) => ({
              ...{ name, outcome, reason },
              ...(note && { note }),
              ...waived(outcome, waiver),
              ...restingOn(files),
            })),
          }
        : restingOn(findings?.machines.flatMap(({ files }) => files) ?? [])),
    };
  }
}

/** A waiver as it stands beside an outcome. Nothing but not met can be waived. */
function waived(outcome: Outcome, waiver: AppliedWaiver | undefined): Pick<Requirement, 'waiver' | 'trueOutcome'> {
  return { ...(waiver && { waiver }), ...(outcome === 'waived' && { trueOutcome: 'not-met' }) };
}

/** Of the waivers of the machines that decide the outcome. Days in ISO 8601 sort by date. */
function firstToExpire(outcome: Outcome, machines: FindingsInBrief['machines']): AppliedWaiver | undefined {
  const deciding = machines.filter((machine) => machine.outcome === outcome).flatMap(({ waiver }) => waiver ?? []);
  return deciding.toSorted((a, b) => a.expires.localeCompare(b.expires))[0];
}

function restingOn(files: readonly string[]): Pick<OnMachine, 'evidence'> {
  return files.length === 0 ? {} : { evidence: [...new Set(files)] };
}

interface Attempt {
  readonly results: TestStepResult[];
  findings: FindingsInBrief | undefined;
  finished: boolean;
}

/** Findings without what the evidence says: of many machines that is megabytes, and no verdict needs it. */
interface FindingsInBrief extends Omit<Findings, 'machines'> {
  readonly machines: readonly (Omit<MachineFinding, 'exhibits'> & { readonly files: readonly string[] })[];
}

function withFilesAlone({ machines, ...findings }: Findings): FindingsInBrief {
  return { ...findings, machines: machines.map(({ exhibits, ...machine }) => ({ ...machine, files: exhibits.map(({ file }) => file) })) };
}

/** No check has spoken. */
const noFindings: Pick<FindingsInBrief, 'reason' | 'machines'> = { reason: '', machines: [] };

type Decision = Pick<Requirement, 'outcome' | 'reason'>;

/**
 * What one scenario came to. Cucumber's own results come first; a check's findings only say what they mean.
 * Whatever does not fit together is undetermined: a pass that looked at nothing is no pass.
 */
function decide(pickle: Pickle | undefined, attempt: Attempt | undefined, runFaults: readonly string[]): Decision {
  const undetermined = (why: string): Decision => ({ outcome: 'undetermined', reason: why });
  if (!attempt) return undetermined(runFaults[0] ? `Not reached: ${runFaults[0]}` : 'Not reached: the run ended before. Run it again.');
  if (!pickle || pickle.steps.length === 0) return undetermined('The scenario has no steps, so nothing was looked at. Restore its steps.');
  const { results } = attempt;
  const { reason, machines } = attempt.findings ?? noFindings;
  const found = worst(machines.map(({ outcome }) => outcome));
  const having = (...statuses: TestStepResultStatus[]) => results.find(({ status }) => statuses.includes(status));

  const unmet = results.find(({ exception }) => exception?.type === 'AssertionError');
  if (unmet) return { outcome: 'not-met', reason: (found === 'not-met' && reason) || messageOf(unmet) };
  const failed = having(TestStepResultStatus.FAILED);
  if (failed) return undetermined((found === 'undetermined' && reason) || `The check itself failed: ${messageOf(failed)}`);
  if (having(TestStepResultStatus.UNDEFINED))
    return undetermined('A step of the scenario has no definition, so nothing was looked at. Add it, or correct its wording.');
  if (having(TestStepResultStatus.AMBIGUOUS))
    return undetermined('A step of the scenario has more than one definition. Reword one of them.');
  if (having(TestStepResultStatus.PENDING))
    return undetermined('A step of the scenario is not written yet, so nothing was looked at. Write its definition.');
  if (!attempt.finished) return undetermined('Not reached: the run ended in the middle of it. Run it again.');
  if (having(TestStepResultStatus.SKIPPED)) {
    if (found === 'blocked' || found === 'not-applicable' || found === 'waived') return { outcome: found, reason };
    return undetermined('The scenario was skipped, and no check said why.');
  }
  if (!having(TestStepResultStatus.PASSED)) return undetermined('No step of the scenario was run, so nothing was looked at. Run it again.');
  if (found !== 'met') return undetermined('The scenario passed, but no check found the requirement met.');
  return { outcome: 'met', reason: '' };
}

/** The verdict of all requirements together, and the exit code that says the same. */
export function overall(
  requirements: readonly { readonly outcome: Outcome }[],
  runFaults: readonly string[],
): { verdict: OverallVerdict; exitCode: number } {
  const any = (...outcomes: Outcome[]) => requirements.some(({ outcome }) => outcomes.includes(outcome));
  if (any('not-met')) return { verdict: 'not-compliant', exitCode: 1 };
  if (any('undetermined', 'blocked') || runFaults.length > 0) return { verdict: 'undetermined', exitCode: 2 };
  if (!any('met', 'waived')) return { verdict: 'nothing-evaluated', exitCode: 4 };
  return { verdict: 'compliant', exitCode: 0 };
}

/** The requirement's id off its tags; the scenario's name where it has none. */
export function idOf(pickle: Pickle | undefined): string {
  return idAmong(pickle?.tags ?? []) ?? pickle?.name ?? '';
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
  const named = pickle?.tags.map(({ name }) => name.replace('@severity:', '')).find((name) => severities.includes(name));
  return (named as Severity | undefined) ?? 'normal';
}

function messageOf({ exception, message }: TestStepResult): string {
  return scrub(exception?.message ?? message?.split('\n')[0] ?? 'no message');
}
