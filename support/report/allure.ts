import { EventEmitter } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { IFormatterOptions } from '@cucumber/cucumber';
import { type Attachment, AttachmentContentEncoding, type Envelope } from '@cucumber/messages';
import reporter from 'allure-cucumberjs/reporter';
import { type Status, type StatusDetails, Status as status } from 'allure-js-commons';
import { ALLURE_RUNTIME_MESSAGE_CONTENT_TYPE, type LifecycleListener } from 'allure-js-commons/sdk/reporter';
import type { Outcome } from '../outcome.ts';
import { currentRun } from '../run.ts';
import { FINDINGS, type Findings, type MachineFinding, type Requirement } from './verdict.ts';

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

/**
 * Allure's own reporter, but for two things: what a check found becomes one nested step for each machine,
 * and a test's status is the verdict's, not the worst of its steps (hooks and missing steps would pass otherwise).
 */
export default class AllureReporter extends AllureCucumberReporter {
  constructor(options: IFormatterOptions) {
    const { record, folder, site } = currentRun();
    const results = join(folder, 'allure-results');
    mkdirSync(results, { recursive: true });
    const forAllure = new EventEmitter() as IFormatterOptions['eventBroadcaster'];
    let finishing: Requirement | undefined;
    options.eventBroadcaster.on('envelope', (envelope: Envelope) => {
      if (envelope.testCaseFinished) finishing = record.requirementOf(envelope.testCaseFinished.testCaseStartedId);
      forAllure.emit('envelope', envelope.attachment?.mediaType === FINDINGS ? { attachment: asSteps(envelope.attachment) } : envelope);
    });
    const listener: LifecycleListener = {
      beforeTestResultWrite(result) {
        if (!finishing) return;
        const { id, title, outcome, reason } = finishing;
        Object.assign(result, { name: `${id} ${title}`, status: allureStatus[outcome], statusDetails: details(finishing) });
        result.testCaseId = id;
        result.historyId = `${site.name}:${id}`;
        if (outcome !== 'met') result.labels.push({ name: 'outcome', value: outcome });
        if (reason === '') delete result.statusDetails.trace;
      },
    };
    const labels = [{ pattern: [/^@severity:/], name: 'severity' }];
    super({
      ...options,
      eventBroadcaster: forAllure,
      parsedArgvOptions: { ...options.parsedArgvOptions, resultsDir: results, labels, listeners: [listener] },
    });
  }
}

function details({ outcome, reason, note }: Requirement): StatusDetails {
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
        name: command,
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
