/** Allure's results, made of told messages. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Envelope } from '@cucumber/messages';
import { Status, type TestResult } from 'allure-js-commons';
import { allureResults } from '../../support/report/allure.ts';
import type { Found } from '../../support/verdict/findings.ts';
import type { VerdictFile } from '../../support/verdict/schema.ts';
import { messagesOf, ofEach, requirement, subject, verdictFile } from '../told.ts';

/** The results by what they are of, and all other files by their names. */
function made(file: VerdictFile, messages: Iterable<Envelope> = messagesOf(file.requirements), lacks: (why: string) => void = assert.fail) {
  const files = [...allureResults(messages, file, lacks)];
  const results = files.filter(({ name }) => name.endsWith('-result.json')).map(({ content }) => JSON.parse(String(content)) as TestResult);
  const of = (id: string) => results.find(({ testCaseId }) => testCaseId === id) ?? assert.fail(id);
  return { results, of, files: new Map(files.map(({ name, content }) => [name, String(content)])) };
}
const labelled = ({ labels }: TestResult, label: string) => labels.filter(({ name }) => name === label).map(({ value }) => value);
const found = (outcome: Found['outcome'], more: Partial<Found> = {}): Found => ({
  ...{ outcome, reason: outcome === 'met' ? '' : `found ${outcome}`, machine: 'backup01', exhibits: [] },
  ...more,
});

test('each outcome in Allure’s language, by the id and what to do; only what is met is evidence of a control', () => {
  const all = ofEach().map((each, at) => ({ ...each, fix: 'Mend it.', note: 'a note', feature: `features/1.feature:${at + 1}` }));
  const { results, of } = made(verdictFile(all));
  assert.equal(results.length, all.length);
  const languages = ['passed', 'failed', 'broken', 'skipped', 'skipped', 'skipped'];
  for (const [at, { id, outcome }] of all.entries()) {
    const result = of(id);
    assert.deepEqual([result.name, result.historyId, result.status], [`${id} A title`, `production:${id}`, languages[at]]);
    assert.deepEqual(labelled(result, 'outcome'), outcome === 'met' ? [] : [outcome]);
    assert.deepEqual(labelled(result, 'evidences CIS-v8'), outcome === 'met' ? ['11.5'] : []);
    assert.deepEqual(labelled(result, 'supports SOC-2'), ['A1.2']);
    assert.deepEqual([labelled(result, 'severity'), labelled(result, 'feature')], [['blocker'], ['Feature of features/1.feature']]);
    const said = `the reason of ${outcome} Mend it.`;
    assert.equal(result.statusDetails.message, { met: 'a note', 'not-met': said }[outcome as string] ?? `${outcome}: ${said}`);
    assert.equal(result.statusDetails.trace, undefined);
  }
});

test('what was never reached, and what the run itself is blamed for, is in the report like all else', () => {
  const all = ofEach().map((each, at) => ({ ...each, feature: `features/1.feature:${at + 1}` }));
  const file = verdictFile(all, { runFaults: ['it broke', 'twice'] });
  for (const messages of [messagesOf(all, { reached: () => false }), []]) {
    const { results, of } = made(file, messages);
    assert.deepEqual(new Set(results.map(({ testCaseId }) => testCaseId)), new Set([...all.map(({ id }) => id), 'run']));
    assert.equal(results.length, all.length + 1);
    for (const { id, outcome } of all) assert.deepEqual(labelled(of(id), 'outcome'), [outcome]);
    const { name, status, statusDetails, stage } = of('run');
    assert.deepEqual([name, status, stage], ['The run itself', Status.BROKEN, 'finished']);
    assert.equal(statusDetails.message, 'undetermined: it broke; twice');
  }
  const [first] = all;
  const half = messagesOf(all, { reached: ({ id }) => id === first?.id });
  assert.equal(made(file, half).results.length, all.length + 1);
});

test('what a check found is a step for each subject, side by side, as the verdict has it, with its evidence', () => {
  const host = (name: string) => ({ kind: 'host', name }) as const;
  const exhibit = {
    command: 'c'.repeat(200),
    file: 'evidence/kvm01/001-c.txt',
    inline: 'it said so\n',
    on: 'kvm01',
    as: 'oneadmin',
    ended: 'exit 0',
    start: 1000,
    stop: 4000,
  };
  const judged = [
    found('met', { subject: host('kvm01'), note: 'well', exhibits: [exhibit, { ...exhibit, start: 2000, stop: 9000 }] }),
    found('not-met', { subject: host('kvm02'), exhibits: [{ ...exhibit, start: 1500, stop: 2500 }] }),
    found('not-met', { subject: host('kvm03') }),
  ];
  const subjects = [
    subject('kvm01', 'met', { note: 'well' }),
    subject('kvm02', 'waived', { reason: 'waived: found not-met' }),
    subject('kvm03', 'not-met', { fix: 'Mend it.' }),
  ];
  const all = [requirement('not-met', { subjects })];
  const { of, files } = made(verdictFile(all), messagesOf(all, { found: { 'BDS-101': judged } }));
  const [given, then] = of('BDS-101').steps;
  assert.deepEqual([given?.name, given?.steps, then?.statusDetails], ['Given step 0', [], {}]);
  const steps = then?.steps ?? assert.fail();
  assert.deepEqual(
    steps.slice(0, 2).map(({ name, status, statusDetails: { message }, start, stop }) => [name, status, message, start, stop]),
    [
      ['kvm01: met', 'passed', 'well', 1000, 9000],
      ['kvm02: waived', 'skipped', 'waived: found not-met', 1500, 2500],
    ],
  );
  assert.deepEqual([steps[2]?.name, steps[2]?.statusDetails.message], ['kvm03: not met', 'kvm03: not-met Mend it.']);
  const [attachment] = steps[0]?.attachments ?? [];
  assert.equal(attachment?.name, `${'c'.repeat(120)}…`);
  assert.equal(files.get(attachment.source), 'it said so\n');
});

test('where there is no subject, the machine that was asked gives the step its name, and the verdict may have waived it', () => {
  const step = (outcome: 'not-met' | 'waived' | 'undetermined') => {
    const all = [requirement(outcome)];
    return made(verdictFile(all), messagesOf(all, { found: { 'BDS-101': [found('not-met')] } })).of('BDS-101').steps[1]?.steps[0];
  };
  assert.deepEqual([step('not-met')?.name, step('not-met')?.statusDetails.message], ['backup01: not met', 'found not-met']);
  assert.deepEqual([step('waived')?.name, step('waived')?.statusDetails.message], ['backup01: waived', 'the reason of waived']);
  assert.equal(step('undetermined')?.name, 'backup01: not met', 'what a hook did after it is not the machine’s');
});

test('an attempt that was tried again keeps its own status', () => {
  const all = [requirement('met')];
  const broken = [...messagesOf([requirement('undetermined')])].map((envelope) =>
    envelope.testCaseFinished ? { testCaseFinished: { ...envelope.testCaseFinished, willBeRetried: true } } : envelope,
  );
  const again = JSON.parse(JSON.stringify([...messagesOf(all)].slice(3)).replaceAll('started-', 'again-')) as Envelope[];
  const { results } = made(verdictFile(all), [...broken, ...again]);
  assert.deepEqual(
    results.map(({ testCaseId, status }) => [testCaseId, status]),
    [
      ['BDS-101', 'broken'],
      ['BDS-101', 'passed'],
    ],
  );
});

test('what the reporter stumbles over is told, and the rest is there', () => {
  const all = [requirement('met')];
  const odd = {
    testCaseStartedId: 'started-BDS-101',
    mediaType: 'application/vnd.allure.message+json',
    contentEncoding: 'IDENTITY',
    body: '{',
  };
  const messages = [...messagesOf(all)].flatMap((each) => (each.testCaseFinished ? [{ attachment: odd } as Envelope, each] : [each]));
  const lacking: string[] = [];
  assert.equal(made(verdictFile(all), messages, (why) => lacking.push(why)).of('BDS-101').status, Status.PASSED);
  assert.match(lacking.join('\n'), /^.*JSON.*$/);
});
