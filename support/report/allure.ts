import { EventEmitter } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { IFormatterOptions } from '@cucumber/cucumber';
import { type Attachment, AttachmentContentEncoding, type Envelope, type Pickle, TimeConversion } from '@cucumber/messages';
import reporter from 'allure-cucumberjs/reporter';
import { type Status, type StatusDetails, Status as status, type TestResult } from 'allure-js-commons';
import { ALLURE_RUNTIME_MESSAGE_CONTENT_TYPE, FileSystemWriter, type LifecycleListener } from 'allure-js-commons/sdk/reporter';
import { messageOf, type Outcome } from '../outcome/outcome.ts';
import { scrub } from '../outcome/secrets.ts';
import { currentRun } from '../run/run.ts';
import { controls } from '../verdict/controls.ts';
import { FINDINGS, type Findings, type MachineFinding, placeOf, type Requirement, type Verdict } from '../verdict/verdict.ts';

// Its types speak of a CommonJS module; what is imported is the class itself.
const AllureCucumberReporter = reporter as unknown as typeof reporter.default;

/** The verdict's outcomes in Allure's language. */
export const allureStatus: Readonly<Record<Outcome, Status>> = {
  met: status.PASSED,
  'not-met': status.FAILED,
  undetermined: status.BROKEN,
  blocked: status.SKIPPED,
  'not-applicable': status.SKIPPED,
  waived: status.SKIPPED,
};

/** What a tag begins with that names a control; its label is called so, too: supports NIST-800-53. */
const relationPrefixes = ['evidences', 'supports'].flatMap((relation) =>
  [...new Set(controls.map(({ tag }) => tag.replace(/:.*/, '')))].map((framework) => `${relation}:${framework}`),
);

/** A fault of the run itself stands in the report as a test of its own. */
const theRun = 'The run itself';

let complete: ((verdict: Verdict) => void) | undefined;

/** Writes a result for each requirement of the verdict that Allure has not heard the end of, and one for the faults of the run itself. */
export function completeResults(verdict: Verdict): void {
  complete?.(verdict);
}

/**
 * Allure's own reporter, but for three things: what a check found becomes one nested step for each machine,
 * a test's status is the verdict's, not the worst of its steps (hooks and missing steps would pass otherwise),
 * and what was never reached is in the report, too.
 */
export default class AllureReporter extends AllureCucumberReporter {
  constructor(options: IFormatterOptions) {
    const { record, folder, site } = currentRun();
    const results = join(folder, 'allure-results');
    mkdirSync(results, { recursive: true });
    const forAllure = new EventEmitter() as IFormatterOptions['eventBroadcaster'];
    let lacking = false;
    const tell = (...envelopes: Envelope[]) => {
      try {
        for (const envelope of envelopes) forAllure.emit('envelope', envelope);
      } catch (error) {
        if (!lacking) record.fault(`the report lacks something: ${messageOf(error)}`);
        lacking = true;
      }
    };
    /** By the requirement's place, which no two have in common. */
    const pickles = new Map<string, Pickle>();
    const started = new Map<string, string>();
    const written = new Set<string>();
    let finishing: Pick<Requirement, 'id' | 'title' | 'outcome' | 'reason' | 'note' | 'feature'> | undefined;
    options.eventBroadcaster.on('envelope', (envelope: Envelope) => {
      const { pickle, testCaseStarted, testCaseFinished } = envelope;
      if (pickle) pickles.set(placeOf(pickle), pickle);
      if (testCaseStarted) started.set(record.requirementOf(testCaseStarted.id)?.feature ?? '', testCaseStarted.id);
      if (testCaseFinished) finishing = record.requirementOf(testCaseFinished.testCaseStartedId);
      tell(forReport(envelope));
    });
    const listener: LifecycleListener = {
      beforeTestResultWrite(result) {
        if (!finishing) return;
        const { id, title, outcome, feature } = finishing;
        written.add(feature);
        Object.assign(result, { name: `${id} ${title}`.trim(), status: allureStatus[outcome], statusDetails: details(finishing) });
        result.testCaseId = id;
        result.historyId = `${site.name}:${id}`;
        if (outcome === 'met') return;
        // What is not met is evidence of nothing.
        result.labels = [...result.labels.filter(({ name }) => !name.startsWith('evidences')), { name: 'outcome', value: outcome }];
      },
      beforeStepStop(step) {
        // What went wrong stands with each machine below, and with the requirement above; a third time helps nobody.
        if (step.steps.length > 0) step.statusDetails = {};
      },
    };
    complete = ({ requirements, runFaults }) => {
      const timestamp = TimeConversion.millisecondsSinceEpochToTimestamp(Date.now());
      const start = (pickleId: string): [id: string, Envelope, Envelope] => [
        `unreached-${pickleId}`,
        { testCase: { id: `unreached-${pickleId}`, pickleId, testSteps: [] } },
        { testCaseStarted: { id: `unreached-${pickleId}`, testCaseId: `unreached-${pickleId}`, attempt: 0, timestamp } },
      ];
      const finish = (testCaseStartedId: string) => tell({ testCaseFinished: { testCaseStartedId, timestamp, willBeRetried: false } });
      for (const requirement of requirements.filter(({ feature }) => !written.has(feature))) {
        const pickle = pickles.get(requirement.feature);
        if (!pickle) continue;
        const [id, ...envelopes] = start(pickle.id);
        const startedId = started.get(requirement.feature);
        if (startedId === undefined) tell(...envelopes);
        finishing = requirement;
        finish(startedId ?? id);
      }
      if (runFaults.length === 0) return;
      const [id, ...envelopes] = start('run');
      const pickle: Pickle = { id: 'run', uri: 'run', name: theRun, language: 'en', steps: [], tags: [], astNodeIds: [] };
      finishing = { id: 'run', title: theRun, outcome: 'undetermined', reason: runFaults.join('; '), feature: 'run' };
      tell({ pickle }, ...envelopes);
      finish(id);
    };
    const labels = ['severity', ...relationPrefixes].map((prefix) => ({
      pattern: [new RegExp(`^@${prefix}:`)],
      name: prefix.replace(':', ' '),
    }));
    super({
      ...options,
      eventBroadcaster: forAllure,
      parsedArgvOptions: { ...options.parsedArgvOptions, writer: new ResultsWriter(results), labels, listeners: [listener] },
    });
  }
}

/** Allure's own writer, but for the wait for the disk after each file: a hundred hypervisors make more than a thousand. */
class ResultsWriter extends FileSystemWriter {
  readonly #folder: string;

  constructor(folder: string) {
    super({ resultsDir: folder });
    this.#folder = folder;
  }

  override writeResult(result: TestResult): void {
    this.writeAttachment(`${result.uuid}-result.json`, JSON.stringify(result));
  }

  override writeAttachment(name: string, content: Buffer | string): void {
    writeFileSync(join(this.#folder, name), content);
  }
}

/** Findings as steps, and no secret in what a step that failed has said. */
function forReport(envelope: Envelope): Envelope {
  const { attachment, testStepFinished } = envelope;
  if (attachment?.mediaType === FINDINGS) return { attachment: asSteps(attachment) };
  if (!testStepFinished?.testStepResult.exception) return envelope;
  const { message, exception, ...result } = testStepFinished.testStepResult;
  const said = {
    ...(message !== undefined && { message: scrub(message) }),
    exception: {
      type: exception.type,
      ...(exception.message !== undefined && { message: scrub(exception.message) }),
      ...(exception.stackTrace !== undefined && { stackTrace: scrub(exception.stackTrace) }),
    },
  };
  return { testStepFinished: { ...testStepFinished, testStepResult: { ...result, ...said } } };
}

function details({ outcome, reason, note }: Pick<Requirement, 'outcome' | 'reason' | 'note'>): StatusDetails {
  if (outcome === 'met') return note ? { message: note } : {};
  return { message: outcome === 'not-met' ? reason : `${outcome}: ${reason}` };
}

/** Findings as runtime messages of Allure's: the machines were asked side by side, so each step carries its own start and stop. */
function asSteps(attachment: Attachment): Attachment {
  const { machines } = JSON.parse(attachment.body) as Findings;
  return {
    ...attachment,
    mediaType: ALLURE_RUNTIME_MESSAGE_CONTENT_TYPE,
    contentEncoding: AttachmentContentEncoding.IDENTITY,
    body: JSON.stringify(machines.flatMap(machineStep)),
  };
}

/** A command of more characters is cut in the list of attachments; it stands whole in its own. */
const LONG = 120;

function machineStep({ name, outcome, reason, note, exhibits }: MachineFinding): object[] {
  const now = Date.now();
  const start = Math.min(...exhibits.map((exhibit) => exhibit.start), now);
  const stop = exhibits.length === 0 ? now : Math.max(...exhibits.map((exhibit) => exhibit.stop));
  const said = reason || note;
  return [
    { type: 'step_start', data: { name: `${name}: ${outcome.replace('-', ' ')}`, start } },
    ...exhibits.map(({ command, inline }) => ({
      type: 'attachment_content',
      data: {
        name: command.length > LONG ? `${command.slice(0, LONG)}…` : command,
        content: Buffer.from(inline).toString('base64'),
        encoding: 'base64',
        contentType: 'text/plain',
        fileExtension: '.txt',
        wrapInStep: false,
      },
    })),
    { type: 'step_stop', data: { stop, status: allureStatus[outcome], ...(said && { statusDetails: { message: said } }) } },
  ];
}
