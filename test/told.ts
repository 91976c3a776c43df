/** Runs as a test tells them: verdicts, and the messages and the evidence that they rest on; no machine is asked, and Cucumber is not run. */
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import type { Envelope } from '@cucumber/messages';
import { EvidenceStore } from '../support/archive/evidence.ts';
import { Spool } from '../support/archive/spool.ts';
import { type EndedRun, type Written, writeRun } from '../support/archive/write.ts';
import type { Evidence } from '../support/outcome/evidence.ts';
import { OUTCOMES, type Outcome } from '../support/outcome/outcome.ts';
import { example, siteText } from '../support/site/example.ts';
import { parseSite } from '../support/site/load.ts';
import type { Findings, Found } from '../support/verdict/findings.ts';
import { FINDINGS } from '../support/verdict/findings.ts';
import { statements, statementsOf } from '../support/verdict/requirements.ts';
import type { JudgedSubject, Requirement, Verdict, VerdictFile } from '../support/verdict/schema.ts';
import { overall } from '../support/verdict/verdict.ts';

export type Outcomes = Readonly<Record<string, Outcome>>;

export const requirement = (outcome: Outcome, more: Partial<Requirement> = {}): Requirement => ({
  ...{ id: 'BDS-101', title: 'A title', severity: 'blocker', feature: 'features/1.feature:7', outcome },
  reason: outcome === 'met' ? '' : `the reason of ${outcome}`,
  ...(outcome === 'waived' && {
    ...{ trueOutcome: 'not-met', waiver: { owner: 'Jane Doe', reason: 'new disks ordered', expires: '2026-12-31', expired: false } },
  }),
  ...more,
});

export const subject = (name: string, outcome: Outcome, more: Partial<JudgedSubject> = {}): JudgedSubject => ({
  ...{ kind: 'host', name, outcome, reason: outcome === 'met' ? '' : `${name}: ${outcome}` },
  ...more,
});

/** One requirement of each outcome, BDS-100 and so on. */
export const ofEach = (): Requirement[] => OUTCOMES.map((outcome, at) => requirement(outcome, { id: `BDS-10${at}` }));

const requirementsOf = (of: Outcomes | readonly Requirement[]): readonly Requirement[] =>
  Array.isArray(of)
    ? of
    : Object.entries(of as Outcomes).map(([id, outcome], at) =>
        requirement(outcome, { id, title: `title of ${id}`, feature: `features/1.feature:${7 + at}` }),
      );

/** A verdict.json, of requirements, or of the outcomes of some. */
export function verdictFile(of: Outcomes | readonly Requirement[] = { 'BDS-101': 'met' }, more: Partial<VerdictFile> = {}): VerdictFile {
  const requirements = [...requirementsOf(of)];
  return {
    ...{ schema: 2, suite: '0.1.0', profile: 'audit', run: '2026-11-23T09-10-00Z-1f3a' },
    ...{ startedAt: '2026-11-23T09:10:00.000Z', finishedAt: '2026-11-23T09:10:07.250Z' },
    cloud: { name: 'production', frontend: 'frontend01.example.net', openNebula: '7.4.0' },
    ...overall(requirements, more.runFaults ?? [], more.failOn),
    requirements,
    ...more,
  };
}

/** The same of all that its profile looks at: what is not given does not apply. */
export function wholeFile(outcomes: Outcomes = { 'BDS-101': 'met' }, more: Partial<VerdictFile> = {}): VerdictFile {
  const all = statementsOf(more.profile ?? 'audit').map(({ id }) => [id, 'not-applicable'] as const);
  return verdictFile({ ...Object.fromEntries(all), ...outcomes }, more);
}

/** Puts a verdict.json into a run's folder, with the manifest that goes with it. */
export function putSealed(folder: string, text: string): void {
  writeFileSync(join(folder, 'verdict.json'), text);
  writeFileSync(join(folder, 'SHA256SUMS'), `${createHash('sha256').update(text).digest('hex')}  verdict.json\n`);
}

/** One command's answer. */
export const evidence = (changes: Partial<Evidence> = {}): Evidence => ({
  ...{ machine: 'backup01.example.net', account: 'oneadmin', command: 'hostname', exitCode: 0, signal: null },
  ...{ stdout: 'backup01\n', stderr: '', startedAt: '2026-11-23T09:10:00.000Z', seconds: 0.25, truncated: false },
  ...changes,
});

const timestamp = { seconds: 1_795_425_000, nanos: 0 };
const duration = { seconds: 0, nanos: 0 };
const results: Readonly<Record<Outcome, { status: string; type?: string }>> = {
  met: { status: 'PASSED' },
  'not-met': { status: 'FAILED', type: 'AssertionError' },
  undetermined: { status: 'FAILED', type: 'Undetermined' },
  blocked: { status: 'SKIPPED' },
  'not-applicable': { status: 'SKIPPED' },
  waived: { status: 'SKIPPED' },
};

/** What Cucumber says of a run that came to this: a scenario each, with two steps, of which the second judges. Of those not `reached` it says no more. */
export function* messagesOf(
  requirements: readonly Requirement[],
  { found = {}, reached = () => true }: Pick<Told, 'found' | 'reached'> = {},
): Generator<Envelope> {
  const say = (envelope: object) => envelope as Envelope;
  const stepsOf = (id: string) => ['Given ', 'Then '].map((keyword, at) => ({ id: `${id}-${at}`, keyword, text: `step ${at}` }));
  const tagsOf = ({ id, severity }: Requirement) =>
    [`@${id}`, '@audit', `@severity:${severity}`, '@evidences:CIS-v8:11.5', '@supports:SOC-2:A1.2'].map((name) => ({
      name,
      astNodeId: '',
    }));
  for (const [uri, members] of Map.groupBy(requirements, ({ feature }) => feature.replace(/:.*/, ''))) {
    const children = members.map((each) => ({
      scenario: {
        ...{ id: `scenario-${each.id}`, name: each.title, description: 'Why.', keyword: 'Scenario', examples: [] },
        ...{ tags: tagsOf(each), steps: stepsOf(each.id) },
      },
    }));
    yield say({ gherkinDocument: { uri, feature: { name: `Feature of ${uri}`, description: '', tags: [], children } } });
  }
  for (const each of requirements) {
    const { id, title, feature } = each;
    const steps = stepsOf(id).map((step) => ({ id: `pickle-${step.id}`, text: step.text, astNodeIds: [step.id] }));
    const [uri, line] = feature.split(':');
    const pickle = { id: `pickle-${id}`, uri, name: title, language: 'en', location: { line: Number(line) }, tags: tagsOf(each), steps };
    yield say({ pickle: { ...pickle, astNodeIds: [`scenario-${id}`] } });
    const testSteps = steps.map((step) => ({ id: `test-${step.id}`, pickleStepId: step.id, stepDefinitionIds: [] }));
    yield say({ testCase: { id: `case-${id}`, pickleId: pickle.id, testSteps } });
  }
  for (const { id, outcome, reason } of requirements.filter(reached)) {
    const testCaseStartedId = `started-${id}`;
    yield say({ testCaseStarted: { id: testCaseStartedId, testCaseId: `case-${id}`, attempt: 0, timestamp } });
    for (const at of [0, 1]) {
      const testStepId = `test-pickle-${id}-${at}`;
      const { status, type } = at === 0 ? results.met : results[outcome];
      yield say({ testStepStarted: { testCaseStartedId, testStepId, timestamp } });
      const judgements = found[id];
      if (at === 1 && judgements) {
        const findings: Findings = { perSubject: judgements.some((each) => each.subject !== undefined), judgements };
        yield say({
          attachment: { testCaseStartedId, testStepId, mediaType: FINDINGS, contentEncoding: 'IDENTITY', body: JSON.stringify(findings) },
        });
      }
      const exception = type && { type, message: reason, stackTrace: `${type}: ${reason}` };
      const testStepResult = { status, duration, ...(exception && { message: exception.stackTrace, exception }) };
      yield say({ testStepFinished: { testCaseStartedId, testStepId, timestamp, testStepResult } });
    }
    yield say({ testCaseFinished: { testCaseStartedId, timestamp, willBeRetried: false } });
  }
}

/** What a run is told to have come to. */
export interface Told {
  /** Of requirements, or of what they come to; else all that the suite's own come to is met. */
  readonly of?: Outcomes | readonly Requirement[];
  /** What the checks said, by requirement. */
  readonly found?: Readonly<Record<string, readonly Found[]>>;
  readonly reached?: (requirement: Requirement) => boolean;
  readonly runFaults?: readonly string[];
  /** The cloud's name. */
  readonly name?: string;
  /** More lines of the site file. */
  readonly settings?: string;
  /** Hours since it began. */
  readonly ago?: number;
  readonly more?: Partial<EndedRun>;
}

/** The audit's own requirements, all met but for those given. */
export const audited = (others: Outcomes = {}): Requirement[] =>
  statements()
    .filter(({ profile }) => profile === 'audit')
    .map(({ id, title, feature }, at) => requirement(others[id] ?? 'met', { id, title, feature: `${feature}:${7 + at}` }));

/** A reports folder that runs are written to as they are told. */
export class Reports {
  readonly folder = realpathSync(mkdtempSync(join(tmpdir(), 'reports-')));
  #runs = 0;

  constructor() {
    after(() => rmSync(this.folder, { recursive: true, force: true }));
  }

  /** The run that `write` would write, with its evidence still to come. */
  told({ of = audited(), found, reached, runFaults = [], name = 'production', settings = '', ago = 0, more = {} }: Told = {}): EndedRun {
    const requirements = requirementsOf(of);
    this.#runs += 1;
    const startedAt = new Date(Date.now() - ago * 3_600_000 + this.#runs * 1000);
    const id = `${startedAt.toISOString().slice(0, 19).replaceAll(':', '-')}Z-1f3a`;
    const spool = new Spool();
    for (const message of messagesOf(requirements, { ...(found && { found }), ...(reached && { reached }) })) spool.message(message);
    const run: EndedRun = {
      ...{ id, profile: 'audit', startedAt, reports: this.folder, folder: join(this.folder, id), spool },
      site: parseSite(`${siteText({ ...example, name })}${settings}\n`, 'site.yaml'),
      evidence: new EvidenceStore(spool),
      verdict: (faults): Verdict => {
        const all = [...runFaults, ...faults];
        return { ...overall(requirements, all), requirements, runFaults: all };
      },
      statements: statements(),
      cloud: { name, frontend: 'frontend01.example.net', openNebula: '7.4.0' },
      ...{ actions: [], waiverNotes: [] },
      ...more,
    };
    mkdirSync(run.folder, { recursive: true });
    return run;
  }

  write(told?: Told): Promise<Written> {
    return writeRun(this.told(told));
  }

  get latest(): string {
    return join(this.folder, 'latest');
  }
}

/** Every file below a folder, by its name relative to it. */
export function filesIn(folder: string): ReadonlyMap<string, string> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return new Map(
    entries.map(({ parentPath, name }) => [join(parentPath, name).slice(folder.length + 1), readFileSync(join(parentPath, name), 'utf8')]),
  );
}
