import { randomUUID } from 'node:crypto';
import { EventEmitter } from 'node:events';
import type { IFormatterOptions } from '@cucumber/cucumber';
import { type Attachment, AttachmentContentEncoding, type Envelope, type Pickle } from '@cucumber/messages';
import reporter from 'allure-cucumberjs/reporter';
import { type Label, Stage, type StatusDetails, Status as status, type TestResult } from 'allure-js-commons';
import { ALLURE_RUNTIME_MESSAGE_CONTENT_TYPE, type LifecycleListener, type Writer } from 'allure-js-commons/sdk/reporter';
import { messageOf } from '../outcome/errors.ts';
import type { Outcome } from '../outcome/outcome.ts';
import { isOneOfMany } from '../outcome/subject.ts';
import { controls } from '../verdict/controls.ts';
import { FINDINGS, type Findings, type Found } from '../verdict/findings.ts';
import type { Requirement, VerdictFile } from '../verdict/schema.ts';
import { placeOf } from '../verdict/verdict.ts';
import { inWords, said } from './words.ts';

// Its types speak of a CommonJS module; what is imported is the class itself.
const AllureCucumberReporter = reporter as unknown as typeof reporter.default;

/** The verdict's outcomes in Allure's language. */
export const allureStatus: Readonly<Record<Outcome, status>> = {
  met: status.PASSED,
  'not-met': status.FAILED,
  undetermined: status.BROKEN,
  blocked: status.SKIPPED,
  'not-applicable': status.SKIPPED,
  waived: status.SKIPPED,
};

/** What a tag begins with that becomes a label; one that names a control is called so, too: supports NIST-800-53. */
const labels = [
  'severity',
  ...['evidences', 'supports'].flatMap((relation) =>
    [...new Set(controls.map(({ tag }) => tag.replace(/:.*/, '')))].map((framework) => `${relation}:${framework}`),
  ),
].map((prefix) => ({ pattern: [new RegExp(`^@${prefix}:`)], name: prefix.replace(':', ' ') }));

/** A file of Allure's results. */
export interface ResultFile {
  readonly name: string;
  readonly content: string | Buffer;
}

/**
 * Allure's results of a run, as its own reporter makes them, but for three things: what a check found becomes one nested step for each subject,
 * a test's status is the verdict's, not the worst of its steps (hooks and missing steps would pass otherwise), and what was never reached is in
 * the report, too, as are faults of the run. `lacks` is told what the reporter stumbled over, `readPicture` has
 * the pictures among the evidence.
 */
export function* allureResults(
  messages: Iterable<Envelope>,
  file: VerdictFile,
  lacks: (why: string) => void,
  readPicture: (name: string) => Buffer = () => Buffer.alloc(0),
): Generator<ResultFile> {
  const ready: ResultFile[] = [];
  // The features' own titles and, by what Cucumber calls them, the requirements; no two have a place in common.
  const features = new Map<string, string>();
  const pickles = new Map<string, Pickle>();
  const requirements = new Map<string | undefined, Requirement>();
  const byPlace = new Map(file.requirements.map((requirement) => [requirement.feature, requirement]));
  const told = new Set<Requirement | undefined>();
  let finishing: Requirement | undefined;
  let isLast = true;
  const tell = reporterOf(
    (each) => ready.push(each),
    (result) => {
      if (!finishing) return;
      Object.assign(result, namesOf(finishing, file));
      const { outcome } = finishing;
      // What is not met, or had to be tried again, is evidence of nothing.
      if (outcome !== 'met' || !isLast) result.labels = result.labels.filter(({ name }) => !name.startsWith('evidences'));
      if (!isLast) return;
      told.add(finishing);
      Object.assign(result, statusOf(finishing));
      if (outcome !== 'met') result.labels.push({ name: 'outcome', value: outcome });
    },
  );
  for (const envelope of messages) {
    const { gherkinDocument, pickle, testCase, testCaseStarted, testCaseFinished, attachment } = envelope;
    const know = (id: string, requirement: Requirement | undefined) => requirement && requirements.set(id, requirement);
    if (gherkinDocument?.feature) features.set(gherkinDocument.uri ?? '', gherkinDocument.feature.name);
    if (pickle) know(pickle.id, byPlace.get(placeOf(pickle)));
    if (pickle) pickles.set(placeOf(pickle), pickle);
    if (testCase) know(testCase.id, requirements.get(testCase.pickleId));
    if (testCaseStarted) know(testCaseStarted.id, requirements.get(testCaseStarted.testCaseId));
    finishing = requirements.get(testCaseFinished?.testCaseStartedId);
    isLast = testCaseFinished?.willBeRetried !== true;
    try {
      const isFound = attachment?.mediaType === FINDINGS;
      tell(isFound ? { attachment: asSteps(attachment, requirements.get(attachment.testCaseStartedId), readPicture) } : envelope);
    } catch (error) {
      lacks(messageOf(error));
    }
    yield* ready.splice(0);
  }
  const at = Date.parse(file.finishedAt);
  for (const requirement of file.requirements.filter((each) => !told.has(each)))
    yield plainResult({
      ...namesOf(requirement, file),
      ...statusOf(requirement),
      fullName: requirement.feature,
      labels: [
        { name: 'feature', value: features.get(pickles.get(requirement.feature)?.uri ?? '') ?? '' },
        ...supportedBy(pickles.get(requirement.feature)),
        { name: 'severity', value: requirement.severity },
        { name: 'outcome', value: requirement.outcome },
      ],
      ...{ start: at, stop: at },
    });
  const { runFaults = [] } = file;
  if (runFaults.length > 0) yield faultsResult('run', runFaults, at);
}

/** The controls that a scenario supports, as the reporter labels them. */
function supportedBy(pickle: Pickle | undefined): Label[] {
  return (pickle?.tags ?? []).flatMap(({ name }) => {
    const [, framework, control] = /^@supports:([^:]+):(.+)$/.exec(name) ?? [];
    return framework !== undefined && control !== undefined ? [{ name: `supports ${framework}`, value: control }] : [];
  });
}

/** Allure's reporter outside of Cucumber: it is told messages, and says what it would write. */
function reporterOf(write: (file: ResultFile) => void, beforeTestResultWrite: (result: TestResult) => void): (envelope: Envelope) => void {
  const eventBroadcaster = new EventEmitter();
  const listener: LifecycleListener = {
    beforeTestResultWrite,
    beforeStepStop(step) {
      // What went wrong stands with each subject below, and with the requirement above; a third time helps nobody.
      if (step.steps.length > 0) step.statusDetails = {};
    },
  };
  const nothing = () => {};
  const writer: Writer = {
    writeResult: (result) => write({ name: `${result.uuid}-result.json`, content: JSON.stringify(result) }),
    writeAttachment: (name, content) => write({ name, content }),
    // Of hooks, of files that a step names, of the environment and of categories nothing is written.
    ...{ writeGroup: nothing, writeAttachmentFromPath: nothing, writeEnvironmentInfo: nothing },
    ...{ writeCategoriesDefinitions: nothing, writeGlobals: nothing },
  };
  const hooks = { beforeTestCaseHookDefinitions: [], afterTestCaseHookDefinitions: [] };
  const options = {
    eventBroadcaster,
    supportCodeLibrary: { ...hooks, beforeTestRunHookDefinitions: [], afterTestRunHookDefinitions: [] },
    parsedArgvOptions: { writer, labels, listeners: [listener] },
  };
  new AllureCucumberReporter(options as unknown as IFormatterOptions);
  return (envelope) => void eventBroadcaster.emit('envelope', envelope);
}

/** By the id a requirement is known again, whatever it is called by now; of another cloud's it is none. */
function namesOf({ id, title }: Requirement, { cloud }: VerdictFile): Pick<TestResult, 'name' | 'testCaseId' | 'historyId'> {
  return { name: `${id} ${title}`.trim(), testCaseId: id, historyId: `${cloud.name}:${id}` };
}

function statusOf(requirement: Requirement): Pick<TestResult, 'status' | 'statusDetails'> {
  return { status: allureStatus[requirement.outcome], statusDetails: details(requirement) };
}

function details(requirement: Requirement): StatusDetails {
  const { outcome, note } = requirement;
  if (outcome === 'met') return note ? { message: note } : {};
  return { message: outcome === 'not-met' ? said(requirement) : `${outcome}: ${said(requirement)}` };
}

/** What a run or a merge itself is blamed for stands in the report as a test of its own. */
export function faultsResult(what: 'run' | 'merge', faults: readonly string[], at: number, more: readonly Label[] = []): ResultFile {
  const name = `The ${what} itself`;
  return plainResult({
    ...{ name, fullName: name, testCaseId: what, historyId: what, start: at, stop: at },
    status: allureStatus.undetermined,
    statusDetails: { message: `undetermined: ${faults.join('; ')}` },
    labels: [...more, { name: 'outcome', value: 'undetermined' }],
  });
}

type Told = Pick<TestResult, 'name' | 'fullName' | 'testCaseId' | 'historyId' | 'status' | 'statusDetails' | 'labels' | 'start' | 'stop'>;

function plainResult(told: Told): ResultFile {
  const uuid = randomUUID();
  const result: TestResult = { uuid, stage: Stage.FINISHED, steps: [], parameters: [], attachments: [], links: [], ...told };
  return { name: `${uuid}-result.json`, content: JSON.stringify(result) };
}

/** Findings as runtime messages of Allure's: the machines were asked side by side, so each step carries its own start and stop. */
function asSteps(attachment: Attachment, requirement: Requirement | undefined, readPicture: (name: string) => Buffer): Attachment {
  const { judgements } = JSON.parse(attachment.body) as Findings;
  // Of many the table tells of those on which there is something to see, or that bear the evidence.
  const isQuiet = ({ subject, outcome, note, exhibits }: Found) =>
    isOneOfMany(subject) && (outcome === 'met' || outcome === 'not-applicable') && note === undefined && exhibits.length === 0;
  const quiet = judgements.filter(isQuiet);
  return {
    ...attachment,
    mediaType: ALLURE_RUNTIME_MESSAGE_CONTENT_TYPE,
    contentEncoding: AttachmentContentEncoding.IDENTITY,
    body: JSON.stringify([
      ...judgements.filter((found) => !isQuiet(found)).flatMap((found) => stepOf(found, requirement, readPicture)),
      ...numbers(quiet),
    ]),
  };
}

/** How many there are of each outcome, a step each. */
function numbers(quiet: readonly Found[]): object[] {
  return [...Map.groupBy(quiet, ({ outcome }) => outcome)].flatMap(([outcome, { length }]) => [
    { type: 'step_start', data: { name: `${length} more: ${inWords(outcome)}`, start: Date.now() } },
    { type: 'step_stop', data: { stop: Date.now(), status: allureStatus[outcome] } },
  ]);
}

/** A command of more characters is cut in the list of attachments; it stands whole in its own. */
const LONG = 120;

const EXTENSIONS = { 'text/plain': '.txt', 'image/png': '.png' };

const attached = (command: string, content: Buffer, contentType: keyof typeof EXTENSIONS): object => ({
  type: 'attachment_content',
  data: {
    name: command.length > LONG ? `${command.slice(0, LONG)}…` : command,
    content: content.toString('base64'),
    ...{ encoding: 'base64', contentType, fileExtension: EXTENSIONS[contentType], wrapInStep: false },
  },
});

function stepOf(found: Found, requirement: Requirement | undefined, readPicture: (name: string) => Buffer): object[] {
  const { subject, machine, exhibits } = found;
  const judged = requirement?.subjects?.find(
    ({ kind, name, id }) => kind === subject?.kind && name === subject?.name && id === subject?.id,
  );
  // What the verdict makes of it: it may be waived, or blocked by what another requirement met first.
  const ofVerdict = requirement?.outcome === 'waived' || requirement?.outcome === 'blocked';
  const { outcome, ...words } = judged ?? (subject === undefined && ofVerdict ? requirement : found);
  const now = Date.now();
  const start = Math.min(...exhibits.map((exhibit) => exhibit.start), now);
  const stop = exhibits.length === 0 ? now : Math.max(...exhibits.map((exhibit) => exhibit.stop));
  const message = said({ outcome, ...words }) || words.note;
  return [
    { type: 'step_start', data: { name: `${subject?.name ?? machine}: ${inWords(outcome)}`, start } },
    ...exhibits
      .filter(({ inline }) => inline !== '')
      .flatMap(({ command, inline, picture }) => [
        ...(picture === undefined ? [] : [attached(command, readPicture(picture), 'image/png')]),
        attached(command, Buffer.from(inline), 'text/plain'),
      ]),
    { type: 'step_stop', data: { stop, status: allureStatus[outcome], ...(message && { statusDetails: { message } }) } },
  ];
}
