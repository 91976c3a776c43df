import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { after, describe, test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import type { Envelope, Pickle, TestStepResult } from '@cucumber/messages';
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { asText, EvidenceStore } from '../../support/archive/evidence.ts';
import { type Action, messageOf, type Outcome, Undetermined, UsageError, worst } from '../../support/outcome/outcome.ts';
import { leaks, redact, rememberEnvironment, scrub } from '../../support/outcome/secrets.ts';
import { allureStatus } from '../../support/report/allure.ts';
import { offline } from '../../support/report/html.ts';
import { toJUnit } from '../../support/report/junit.ts';
import { toTable, wrap } from '../../support/report/terminal.ts';
import { type Findings, overall, placeOf, type Requirement, RunRecord, type Verdict } from '../../support/verdict/verdict.ts';
import fc from './fuzz.ts';
import { evidence, requirement, whole } from './made.ts';

const outcomes: readonly Outcome[] = ['met', 'not-met', 'undetermined', 'blocked', 'not-applicable', 'waived'];

const time = { seconds: 0, nanos: 0 };
const duration = time;

/** A step's result as Cucumber writes it. */
type Result = 'PASSED' | 'SKIPPED' | 'PENDING' | 'UNDEFINED' | 'AMBIGUOUS' | { readonly type: string; readonly message: string };
const result = (of: Result): TestStepResult =>
  typeof of === 'string'
    ? ({ status: of, duration } as TestStepResult)
    : ({ status: 'FAILED', duration, message: `${of.type}: ${of.message}\n    at x`, exception: of } as TestStepResult);

const assertion = (message = 'kvm01: unmet') => ({ type: 'AssertionError', message });
const error = (message = 'socket hang up') => ({ type: 'Error', message });

interface Scenario {
  readonly id?: string;
  readonly tags?: readonly string[];
  /** Steps of the pickle; a scenario may have none. */
  readonly steps?: number;
  /** Missing: it was never started. */
  readonly results?: readonly Result[];
  readonly found?: Findings | undefined;
  readonly finished?: boolean;
}

const machine = (name: string, outcome: Outcome, more: object = {}) => ({
  name,
  outcome,
  reason: outcome === 'met' ? '' : `${name}: ${outcome}`,
  exhibits: [],
  ...more,
});
const found = (outcome: Outcome, more: Partial<Findings> = {}): Findings => ({
  reason: outcome === 'met' ? '' : `the check says ${outcome}`,
  machines: [machine('kvm01', outcome)],
  perMachine: false,
  ...more,
});

/** As it stands in messages.ndjson. */
const mediaType = 'application/vnd.opennebula-backup-compliance.findings+json';

function* envelopes({ id = 'BDS-101', tags, steps = 2, results, found, finished = true }: Scenario): Generator<Envelope> {
  const names = tags ?? [`@${id}`, '@audit', '@severity:blocker'];
  yield {
    pickle: {
      ...{
        id: `pickle-${id}`,
        uri: 'features/1.feature',
        name: `title of ${id}`,
        language: 'en',
        astNodeIds: [],
        location: { line: Number(id.slice(-3)) },
      },
      tags: names.map((name) => ({ name, astNodeId: '' })),
      steps: Array.from({ length: steps }, (_, at) => ({ id: `${id}-${at}`, text: 'x', astNodeIds: [] })),
    },
  } as unknown as Envelope;
  yield { testCase: { id: `case-${id}`, pickleId: `pickle-${id}`, testSteps: [] } } as Envelope;
  if (!results) return;
  const testCaseStartedId = `started-${id}`;
  yield { testCaseStarted: { id: testCaseStartedId, testCaseId: `case-${id}`, attempt: 0, timestamp: time } };
  for (const each of results)
    yield { testStepFinished: { testCaseStartedId, testStepId: 'x', timestamp: time, testStepResult: result(each) } };
  if (found) yield { attachment: { testCaseStartedId, mediaType, body: JSON.stringify(found), contentEncoding: 'IDENTITY' } } as Envelope;
  if (finished) yield { testCaseFinished: { testCaseStartedId, timestamp: time, willBeRetried: false } };
}

function record(...scenarios: (Scenario | Envelope[])[]): RunRecord {
  const run = new RunRecord();
  for (const scenario of scenarios) for (const envelope of Array.isArray(scenario) ? scenario : envelopes(scenario)) run.add(envelope);
  return run;
}
const verdict = (...scenarios: (Scenario | Envelope[])[]) => record(...scenarios).verdict();
const only = (...scenarios: (Scenario | Envelope[])[]) => {
  const { requirements } = verdict(...scenarios);
  assert.equal(requirements.length, 1);
  return requirements[0] as Requirement;
};

const beforeAllFailed: Envelope[] = [
  { testRunHookFinished: { testRunHookStartedId: 'x', timestamp: time, result: result(error('no front-end')) } },
];

describe('what one scenario comes to', () => {
  const rows: readonly (readonly [when: string, scenario: Scenario, outcome: Outcome, reason: RegExp])[] = [
    ['passed, and a check found it met', { results: ['PASSED', 'PASSED'], found: found('met') }, 'met', /^$/],
    ['a check found it not met', { results: ['PASSED', assertion()], found: found('not-met') }, 'not-met', /^the check says not-met$/],
    ['an assertion without findings', { results: ['PASSED', assertion('expected 1 to be 2')] }, 'not-met', /^expected 1 to be 2$/],
    [
      'a check could not look',
      { results: ['PASSED', error()], found: found('undetermined') },
      'undetermined',
      /^the check says undetermined$/,
    ],
    ['any other error', { results: ['PASSED', error('socket hang up')] }, 'undetermined', /^The check itself failed: socket hang up$/],
    ['blocked', { results: ['PASSED', 'SKIPPED'], found: found('blocked') }, 'blocked', /^the check says blocked$/],
    [
      'not applicable',
      { results: ['PASSED', 'SKIPPED'], found: found('not-applicable') },
      'not-applicable',
      /^the check says not-applicable$/,
    ],
    ['waived', { results: ['PASSED', 'SKIPPED'], found: found('waived') }, 'waived', /^the check says waived$/],
    // What Cucumber says and what the check found do not fit together: never met.
    [
      'passed without findings',
      { results: ['PASSED', 'PASSED'] },
      'undetermined',
      /^The scenario passed, but no check found the requirement met\.$/,
    ],
    ['passed, found not met', { results: ['PASSED'], found: found('not-met') }, 'undetermined', /no check found/],
    ['passed, found undetermined', { results: ['PASSED'], found: found('undetermined') }, 'undetermined', /no check found/],
    ['passed, found blocked', { results: ['PASSED'], found: found('blocked') }, 'undetermined', /no check found/],
    ['passed, findings of no machine', { results: ['PASSED'], found: found('met', { machines: [] }) }, 'undetermined', /no check found/],
    [
      'found met, then an error (an After hook)',
      { results: ['PASSED', error('hook broke')], found: found('met') },
      'undetermined',
      /hook broke/,
    ],
    ['found met, then an assertion', { results: ['PASSED', assertion('late')], found: found('met') }, 'not-met', /^late$/],
    ['found blocked, then an assertion', { results: [assertion('late')], found: found('blocked') }, 'not-met', /^late$/],
    ['found met, then skipped', { results: ['PASSED', 'SKIPPED'], found: found('met') }, 'undetermined', /skipped, and no check said why/],
    [
      'skipped without findings',
      { results: ['SKIPPED', 'SKIPPED'] },
      'undetermined',
      /^The scenario was skipped, and no check said why\.$/,
    ],
    ['found not met, but an error', { results: [error('broke')], found: found('not-met') }, 'undetermined', /broke/],
    [
      'not met, then a hook broke',
      { results: [assertion('unmet'), error('hook')], found: found('not-met') },
      'not-met',
      /the check says not-met/,
    ],
    [
      'undefined',
      { results: ['PASSED', 'UNDEFINED'] },
      'undetermined',
      /^A step of the scenario has no definition, so nothing was looked at\. Add it, or correct its wording\.$/,
    ],
    ['undefined, with findings met', { results: ['PASSED', 'UNDEFINED'], found: found('met') }, 'undetermined', /no definition/],
    [
      'ambiguous',
      { results: ['AMBIGUOUS', 'SKIPPED'] },
      'undetermined',
      /^A step of the scenario has more than one definition\. Reword one of them\.$/,
    ],
    [
      'pending',
      { results: ['PENDING', 'SKIPPED'] },
      'undetermined',
      /^A step of the scenario is not written yet, so nothing was looked at\. Write its definition\.$/,
    ],
    ['pending, with findings met', { results: ['PASSED', 'PENDING'], found: found('met') }, 'undetermined', /not written yet/],
    ['no steps', { steps: 0, results: [] }, 'undetermined', /^The scenario has no steps, so nothing was looked at\. Restore its steps\.$/],
    ['no steps, but hooks that passed', { steps: 0, results: ['PASSED', 'PASSED'], found: found('met') }, 'undetermined', /no steps/],
    [
      'started, nothing run',
      { results: [] },
      'undetermined',
      /^No step of the scenario was run, so nothing was looked at\. Run it again\.$/,
    ],
    [
      'ended in the middle',
      { results: ['PASSED'], found: found('met'), finished: false },
      'undetermined',
      /^Not reached: the run ended in the middle of it\. Run it again\.$/,
    ],
    [
      'not met before it ended in the middle',
      { results: [assertion()], found: found('not-met'), finished: false },
      'not-met',
      /the check says/,
    ],
    ['never started', {}, 'undetermined', /^Not reached: the run ended before\. Run it again\.$/],
  ];
  for (const [when, scenario, outcome, reason] of rows) {
    test(`${when}: ${outcome}`, () => {
      const requirement = only(scenario);
      assert.equal(requirement.outcome, outcome);
      assert.match(requirement.reason, reason);
    });
  }

  test('any other error never counts as not met, and no reason is empty but that of met', () => {
    for (const type of ['TypeError', 'Undetermined', 'TimeoutError', 'ReferenceError', 'assertionerror', '']) {
      assert.equal(only({ results: [{ type, message: 'x' }] }).outcome, 'undetermined', type);
    }
    for (const [, scenario, outcome] of rows) if (outcome !== 'met') assert.notEqual(only(scenario).reason, '');
  });

  test('an error without an exception or a message still has a reason', () => {
    const failed = { status: 'FAILED', duration } as TestStepResult;
    const run = record({ results: [], finished: false });
    run.add({ testStepFinished: { testCaseStartedId: 'started-BDS-101', testStepId: 'x', timestamp: time, testStepResult: failed } });
    const [requirement] = run.verdict().requirements;
    assert.equal(requirement?.outcome, 'undetermined');
    assert.match(requirement.reason, /no message/);
  });

  test('an error that is told by its stack alone is told by the first line of it', () => {
    const message = 'Error: socket hang up\n    at Socket.onend\n    at endReadable';
    const failed = { status: 'FAILED', duration, message } as TestStepResult;
    const run = record({ results: [], finished: false });
    run.add({ testStepFinished: { testCaseStartedId: 'started-BDS-101', testStepId: 'x', timestamp: time, testStepResult: failed } });
    assert.equal(run.verdict().requirements[0]?.reason, 'The check itself failed: Error: socket hang up');
  });

  test('of two attempts the later one counts', () => {
    const again = [...envelopes({ results: ['PASSED'], found: found('met') })]
      .slice(2)
      .map((envelope) => JSON.parse(JSON.stringify(envelope).replaceAll('started-', 'again-')) as Envelope);
    assert.equal(only({ results: [assertion()], found: found('not-met') }, again).outcome, 'met');
  });

  test('id, title, severity and place are off the feature', () => {
    assert.deepEqual(only({ id: 'BDS-204', tags: ['@audit', '@BDS-204', '@severity:minor'], results: ['PASSED'], found: found('met') }), {
      ...{ id: 'BDS-204', title: 'title of BDS-204', severity: 'minor', feature: 'features/1.feature:204', outcome: 'met', reason: '' },
    });
    assert.equal(only({ tags: [], results: [] }).id, 'title of BDS-101');
    for (const severity of ['blocker', 'critical', 'normal', 'minor'])
      assert.equal(only({ tags: [`@severity:${severity}`], results: [] }).severity, severity);
    assert.equal(only({ tags: ['@severity:huge'], results: [] }).severity, 'normal');
    assert.equal(only({ tags: ['@severity:normal', '@severity:minor'], results: [] }).severity, 'normal', 'of two the first counts');
  });

  test('only the tag that is the id and nothing else is the id', () => {
    assert.equal(only({ tags: ['@after-BDS-102', '@BDS-103-old', '@BDS-104'], results: [] }).id, 'BDS-104');
  });

  test('a pickle without a location, which the schema of the messages allows, stands at line 0 of its feature', () => {
    const [first, ...rest] = envelopes({ results: ['PASSED'], found: found('met') });
    const { location: _none, ...pickle } = first?.pickle ?? assert.fail();
    const { feature, outcome } = only([{ pickle } as Envelope, ...rest]);
    assert.deepEqual([feature, outcome], ['features/1.feature:0', 'met']);
  });

  test('a scenario that Cucumber never told of is undetermined, however it ended', () => {
    const [, ...rest] = envelopes({ results: ['PASSED'], found: found('met') });
    assert.deepEqual(only(rest), {
      ...{ id: '', title: '', severity: 'normal', feature: '?:0', outcome: 'undetermined' },
      reason: 'The scenario has no steps, so nothing was looked at. Restore its steps.',
    });
  });

  test('messages of what was never started are nobody’s', () => {
    const [, , , ...stray] = envelopes({ id: 'BDS-999', results: ['PASSED'], found: found('met') });
    assert.equal(stray.length, 3);
    // What a hook around the run attaches names no scenario.
    const ofHook = { attachment: { mediaType, body: JSON.stringify(found('met')), contentEncoding: 'IDENTITY' } } as Envelope;
    const { requirements, runFaults } = verdict({ results: ['PASSED'] }, stray, [ofHook]);
    assert.deepEqual([requirements.map(({ id, outcome }) => `${id} ${outcome}`), runFaults], [['BDS-101 undetermined'], []]);
  });

  test('machines are listed where each is judged, notes are kept', () => {
    const machines = [machine('kvm01', 'met', { note: 'a note' }), machine('kvm02', 'not-met')];
    const requirement = only({ results: [assertion()], found: found('not-met', { machines, perMachine: true, note: 'a note' }) });
    assert.deepEqual(requirement.machines, [
      { name: 'kvm01', outcome: 'met', reason: '', note: 'a note' },
      { name: 'kvm02', outcome: 'not-met', reason: 'kvm02: not-met' },
    ]);
    assert.equal(requirement.note, 'a note');
    assert.equal(only({ results: [assertion()], found: found('not-met') }).machines, undefined);
  });

  test('names the files it rests on: on each machine, or as a whole', () => {
    const rest = (...names: string[]) => ({ exhibits: names.map((file) => ({ file, command: 'x', inline: 'x', start: 0, stop: 1 })) });
    const machines = [
      machine('kvm01', 'met', rest('evidence/a/1.txt', 'evidence/a/2.txt')),
      machine('kvm02', 'met', rest('evidence/a/1.txt')),
    ];
    const each = only({ results: ['PASSED'], found: found('met', { machines, perMachine: true }) });
    assert.deepEqual(each.machines, [
      { name: 'kvm01', outcome: 'met', reason: '', evidence: ['evidence/a/1.txt', 'evidence/a/2.txt'] },
      { name: 'kvm02', outcome: 'met', reason: '', evidence: ['evidence/a/1.txt'] },
    ]);
    assert.equal(each.evidence, undefined);
    const whole = only({ results: ['PASSED'], found: found('met', { machines }) });
    assert.deepEqual(whole.evidence, ['evidence/a/1.txt', 'evidence/a/2.txt']);
  });

  test('the waiver of what decides the outcome stands with the requirement: in force, or expired; of several the one that expires first', () => {
    const given = (expires: string, expired = false) => ({ waiver: { owner: 'Jane Doe', reason: 'ordered', expires, expired } });
    const [soon, later, gone] = [given('2026-12-01'), given('2027-01-01'), given('2026-01-01', true)];
    const judged = (outcome: Outcome, results: readonly Result[], ...machines: ReturnType<typeof machine>[]) =>
      only({ results, found: found(outcome, { machines, perMachine: true }) });

    const waived = judged('waived', ['SKIPPED'], machine('a', 'waived', later), machine('b', 'waived', soon), machine('c', 'met'));
    assert.deepEqual([waived.outcome, waived.trueOutcome, waived.waiver], ['waived', 'not-met', soon.waiver]);
    assert.deepEqual(waived.machines, [
      { name: 'a', outcome: 'waived', reason: 'a: waived', ...later, trueOutcome: 'not-met' },
      { name: 'b', outcome: 'waived', reason: 'b: waived', ...soon, trueOutcome: 'not-met' },
      { name: 'c', outcome: 'met', reason: '' },
    ]);

    const unmet = judged('not-met', [assertion()], machine('a', 'waived', soon), machine('b', 'not-met', gone), machine('c', 'not-met'));
    assert.deepEqual([unmet.outcome, unmet.trueOutcome, unmet.waiver], ['not-met', undefined, gone.waiver]);
    for (const [other, result] of [
      ['undetermined', error()],
      ['blocked', 'SKIPPED'],
    ] as const) {
      const { outcome, waiver, trueOutcome } = judged(other, [result], machine('a', 'waived', soon), machine('b', other));
      assert.deepEqual([outcome, waiver, trueOutcome], [other, undefined, undefined]);
    }
    // What a check waived, and something else broke, is not waived.
    for (const [result, outcome] of [
      [assertion('late'), 'not-met'],
      [error('hook'), 'undetermined'],
    ] as const) {
      const broken = judged('waived', ['SKIPPED', result], machine('a', 'waived', soon));
      assert.deepEqual([broken.outcome, broken.waiver, broken.trueOutcome], [outcome, undefined, undefined]);
    }
  });

  test('attachments of other kinds are no findings', () => {
    const [, , started, ...rest] = envelopes({ results: ['PASSED'] });
    const body = JSON.stringify(found('met'));
    const other = {
      attachment: { testCaseStartedId: 'started-BDS-101', mediaType: 'application/json', body, contentEncoding: 'IDENTITY' },
    } as Envelope;
    assert.equal(only({}, [started as Envelope, other, ...rest]).outcome, 'undetermined');
  });
});

test('a scenario without findings rests on no evidence', () => {
  const { evidence } = only({ results: ['PASSED', assertion()] });
  assert.equal(evidence, undefined);
});

test('a scenario of ours stands below features/, wherever Cucumber was started; others as it names them', () => {
  const at = (uri: string) => placeOf({ uri, location: { line: 7 } } as Pickle);
  const elsewhere = relative(process.cwd(), tmpdir());
  assert.equal(at('features/1-passwordless-login.feature'), 'features/1-passwordless-login.feature:7');
  assert.equal(at(resolve('features/2-storage.feature')), 'features/2-storage.feature:7');
  for (const uri of ['test/own.feature', resolve('test/own.feature')]) assert.equal(at(uri), `${uri}:7`);
  assert.equal(at(join(elsewhere, 'features/own.feature')), `${join(elsewhere, 'features/own.feature')}:7`);
  assert.equal(placeOf(undefined), '?:0');
});

test('a record has what the features of its run state', () => {
  assert.deepEqual(record({}).statements, []);
  const scenario = { tags: [{ name: '@ORG-001' }, { name: '@audit' }], name: 'Own', description: '  Why.', steps: [] };
  const gherkinDocument = { uri: 'own.feature', feature: { name: 'Ours', tags: [], children: [{ scenario }] } };
  const [statement] = record([{ gherkinDocument } as unknown as Envelope]).statements;
  assert.deepEqual([statement?.id, statement?.title, statement?.feature], ['ORG-001', 'Own', 'own.feature']);
});

test('an error says of what kind it is, for that is all Cucumber keeps of it', () => {
  assert.equal(String(new UsageError('no such file')), 'UsageError: no such file');
  assert.equal(String(new Undetermined('no answer')), 'Undetermined: no answer');
});

test('whatever is thrown comes to one line', () => {
  assert.equal(messageOf(new Undetermined('no answer')), 'no answer');
  assert.equal(messageOf('no answer'), 'no answer');
});

describe('the worst of several machines', () => {
  const rows: readonly (readonly [Outcome[], Outcome])[] = [
    [[], 'undetermined'],
    [['met'], 'met'],
    [['met', 'met'], 'met'],
    [['met', 'not-applicable'], 'met'],
    [['not-applicable', 'not-applicable'], 'not-applicable'],
    [['met', 'blocked'], 'blocked'],
    [['blocked', 'undetermined', 'met'], 'undetermined'],
    [['undetermined', 'not-met', 'blocked'], 'not-met'],
    [['waived', 'met'], 'waived'],
    [['waived', 'not-met'], 'not-met'],
    [['waived', 'blocked'], 'blocked'],
    [['waived', 'not-applicable'], 'waived'],
  ];
  for (const [several, expected] of rows)
    test(`${several.join(' + ') || 'none'} = ${expected}`, () => assert.equal(worst(several), expected));

  test('order does not matter', () => {
    fc.assert(fc.property(fc.array(fc.constantFrom(...outcomes)), (several) => assert.equal(worst(several), worst(several.toReversed()))));
  });

  test('a machine more never makes it better, unless nothing else applies', () => {
    const rank = (outcome: Outcome) => ['not-met', 'undetermined', 'blocked', 'waived', 'met', 'not-applicable'].indexOf(outcome);
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...outcomes), { minLength: 1 }), fc.constantFrom(...outcomes), (several, one) =>
        assert.ok(rank(worst([...several, one])) <= rank(worst(several))),
      ),
    );
  });
});

describe('the verdict of all requirements', () => {
  const rows: readonly (readonly [Outcome[], string[], Verdict['verdict'], number])[] = [
    [['met'], [], 'compliant', 0],
    [['met', 'waived', 'not-applicable'], [], 'compliant', 0],
    [['waived'], [], 'compliant', 0],
    [['not-met'], [], 'not-compliant', 1],
    [['met', 'not-met', 'undetermined', 'blocked', 'waived'], [], 'not-compliant', 1],
    [['not-met'], ['broke'], 'not-compliant', 1],
    [['met', 'undetermined'], [], 'undetermined', 2],
    [['met', 'blocked', 'waived'], [], 'undetermined', 2],
    [['not-applicable', 'blocked'], [], 'undetermined', 2],
    [['met'], ['broke'], 'undetermined', 2],
    [[], ['broke'], 'undetermined', 2],
    [['not-applicable'], ['broke'], 'undetermined', 2],
    [[], [], 'nothing-evaluated', 4],
    [['not-applicable', 'not-applicable'], [], 'nothing-evaluated', 4],
  ];
  for (const [several, faults, expected, exitCode] of rows) {
    test(`${several.join(' + ') || 'none'}${faults.length > 0 ? ' + a fault of the run' : ''}: ${expected}, exit ${exitCode}`, () => {
      assert.deepEqual(
        overall(
          several.map((outcome) => ({ outcome })),
          faults,
        ),
        { verdict: expected, exitCode },
      );
    });
  }

  test('one requirement of each kind, off the messages', () => {
    const {
      requirements,
      exitCode,
      verdict: word,
      runFaults,
    } = verdict(
      { id: 'BDS-101', results: ['PASSED'], found: found('met') },
      { id: 'BDS-102', results: [assertion()], found: found('not-met') },
      { id: 'BDS-103', results: ['SKIPPED'], found: found('blocked') },
      { id: 'BDS-104', results: [error()] },
      { id: 'BDS-105' },
    );
    assert.deepEqual(
      requirements.map(({ id, outcome }) => `${id} ${outcome}`),
      ['BDS-101 met', 'BDS-102 not-met', 'BDS-103 blocked', 'BDS-104 undetermined', 'BDS-105 undetermined'],
    );
    assert.deepEqual([exitCode, word, runFaults], [1, 'not-compliant', []]);
  });

  test('requirements that nobody could tell apart are a fault of the run, whatever they came to', () => {
    const met = (id: string, more: Partial<Scenario> = {}): Scenario => ({ id, results: ['PASSED'], found: found('met'), ...more });
    const faulty = (...scenarios: Scenario[]) => {
      const { runFaults, exitCode } = verdict(...scenarios);
      assert.equal(exitCode, 2);
      return runFaults;
    };
    assert.equal(verdict(met('BDS-101'), met('ORG-001')).exitCode, 0);
    assert.deepEqual(faulty(met('BDS-101'), met('own-012', { tags: ['@audit', '@org-12', '@ORG-12'] })), [
      "features/1.feature:12: expected a tag that is the requirement's id, such as @ORG-001, found none. Add one.",
    ]);
    assert.deepEqual(faulty(met('BDS-101'), met('own-012', { tags: ['@BDS-101'] })), [
      'BDS-101: expected one scenario with this id, found 2: features/1.feature:101, features/1.feature:12. Give each an id of its own.',
    ]);
    assert.deepEqual(faulty(met('BDS-101'), met('ORG-101')), [
      'features/1.feature:101: expected one scenario there, found BDS-101 and ORG-101. Rename one of the files.',
    ]);
  });

  test('a BeforeAll hook that fails: nothing is reached, and each requirement says why', () => {
    const { requirements, exitCode, runFaults } = verdict(beforeAllFailed, { id: 'BDS-101' }, { id: 'BDS-102' });
    assert.deepEqual(
      requirements.map(({ outcome }) => outcome),
      ['undetermined', 'undetermined'],
    );
    for (const { reason } of requirements) assert.match(reason, /Not reached: .*no front-end/);
    assert.match(runFaults.join(), /no front-end/);
    assert.equal(exitCode, 2);
  });

  test('an AfterAll hook that fails does not undo what was met, but the run is undetermined', () => {
    const { requirements, exitCode } = verdict({ results: ['PASSED'], found: found('met') }, beforeAllFailed);
    assert.deepEqual([requirements[0]?.outcome, exitCode], ['met', 2]);
  });

  test('a hook around the run that passes, or is skipped by a dry run, is no fault', () => {
    for (const status of ['PASSED', 'SKIPPED'] as const) {
      const hook: Envelope[] = [{ testRunHookFinished: { testRunHookStartedId: 'x', timestamp: time, result: result(status) } }];
      const { exitCode, runFaults } = verdict(hook, { results: ['PASSED'], found: found('met') });
      assert.deepEqual([exitCode, runFaults], [0, []]);
    }
  });

  test('a scenario that was to be looked at, and that Cucumber made no test case of, is undetermined and not absent', () => {
    const [pickle] = envelopes({ id: 'BDS-102' });
    const run = record([pickle as Envelope], beforeAllFailed);
    assert.deepEqual(run.verdict().requirements, []);
    run.expect(['pickle-BDS-102']);
    const [expected, ...others] = run.verdict().requirements;
    assert.deepEqual([expected?.id, expected?.outcome, others.length], ['BDS-102', 'undetermined', 0]);
    assert.match(expected?.reason ?? '', /Not reached: .*no front-end/);
  });

  test('secrets in the message of an error stand in no reason', () => {
    const { reason } = only({ results: [error('refused: PASSWORD="SECRETreason"')] });
    assert.match(reason, /refused: PASSWORD="\[redacted\]"/);
  });

  test('a feature that does not parse is a fault of the run', () => {
    const parseError: Envelope[] = [{ parseError: { source: { uri: 'features/x.feature' }, message: '(3:1): expected: #Feature' } }];
    const { exitCode, runFaults } = verdict(parseError, { results: ['PASSED'], found: found('met') });
    assert.deepEqual([exitCode, runFaults.length], [2, 1]);
    assert.match(runFaults[0] ?? '', /features\/x\.feature: .*expected/);
  });

  test('what goes wrong outside of Cucumber is a fault of the run, too', () => {
    const run = record({ results: ['PASSED'], found: found('met') });
    run.fault('the report was not written: No space left');
    const { exitCode, runFaults, requirements } = run.verdict();
    assert.deepEqual([exitCode, runFaults, requirements[0]?.outcome], [2, ['the report was not written: No space left'], 'met']);
  });

  test('what goes wrong afterwards is not why a scenario was not reached', () => {
    const run = record({ id: 'BDS-101', results: ['PASSED'], found: found('met') }, { id: 'BDS-102' });
    run.fault('the evidence was not signed: PASSWORD="SECRETfault"');
    const { runFaults, requirements } = run.verdict();
    assert.match(requirements[1]?.reason ?? '', /^Not reached: the run ended before/);
    assert.deepEqual(runFaults, ['the evidence was not signed: PASSWORD="[redacted]"']);
  });

  test('an exception of the run is a fault of the run', () => {
    const broken: Envelope[] = [
      { testRunFinished: { success: false, timestamp: time, exception: { type: 'Error', message: 'worker died' } } },
    ];
    const { exitCode, runFaults } = verdict({ results: ['PASSED'], found: found('met') }, broken);
    assert.equal(exitCode, 2);
    assert.match(runFaults.join(), /worker died/);
  });

  test('while it runs: how far, and what a scenario came to so far', () => {
    const run = record(
      { id: 'BDS-101', results: ['PASSED'], found: found('met') },
      { id: 'BDS-102', results: ['PASSED'], finished: false },
      { id: 'BDS-103' },
    );
    assert.deepEqual(run.progress, { total: 3, done: 1 });
    assert.equal(run.requirementOf('started-BDS-101')?.outcome, 'met');
    assert.equal(run.requirementOf('started-BDS-102')?.id, 'BDS-102');
    run.expect(['one that Cucumber makes no test case of']);
    assert.equal(run.requirementOf('started-BDS-999'), undefined);
  });
});

describe('junit.xml', () => {
  const parser = new XMLParser({
    ignoreAttributes: false,
    attributeNamePrefix: '',
    parseAttributeValue: false,
    htmlEntities: true,
    isArray: (name) => ['testsuite', 'testcase'].includes(name),
  });
  interface Case {
    classname: string;
    name: string;
    failure?: { type: string; message: string };
    skipped?: { message: string };
  }
  interface Suite {
    name: string;
    tests: string;
    failures: string;
    errors: string;
    skipped: string;
    testcase: Case[];
  }
  function read(text: string): Suite[] {
    assert.equal(XMLValidator.validate(text), true);
    return parser.parse(text, true).testsuites.testsuite ?? [];
  }
  const cases = (verdict: Verdict) => read(toJUnit(verdict, 'cloud')).flatMap(({ testcase }) => testcase);

  const rows: readonly (readonly [Outcome, object])[] = [
    ['met', {}],
    ['not-met', { failure: { type: 'not-met', message: 'the reason of not-met' } }],
    ['undetermined', { failure: { type: 'undetermined', message: 'the reason of undetermined' } }],
    ['blocked', { skipped: { message: 'blocked: the reason of blocked' } }],
    ['not-applicable', { skipped: { message: 'not-applicable: the reason of not-applicable' } }],
    ['waived', { skipped: { message: 'waived: the reason of waived' } }],
  ];
  for (const [outcome, expected] of rows) {
    test(`${outcome} in JUnit's language`, () => {
      assert.deepEqual(cases(whole([requirement(outcome)])), [
        { classname: 'BDS-101', name: 'BDS-101 A title', file: 'features/1.feature:7', ...expected },
      ]);
    });
  }

  test('one suite a feature, counted right', () => {
    const other = { feature: 'features/2.feature:9' };
    const suites = read(toJUnit(whole([...outcomes.map((outcome) => requirement(outcome)), requirement('met', other)]), 'cloud'));
    assert.deepEqual(
      suites.map(({ name, tests, failures, errors, skipped }) => ({ name, tests, failures, errors, skipped })),
      [
        { name: 'features/1.feature', tests: '6', failures: '2', errors: '0', skipped: '3' },
        { name: 'features/2.feature', tests: '1', failures: '0', errors: '0', skipped: '0' },
      ],
    );
  });

  test('a fault of the run is a failure of its own', () => {
    const [first, fault] = cases(whole([requirement('met')], ['it broke', 'twice']));
    assert.equal(first?.failure, undefined);
    assert.deepEqual(fault?.failure, { type: 'undetermined', message: 'it broke; twice' });
  });

  test('nothing evaluated is still well-formed', () => assert.deepEqual(read(toJUnit(whole([]), 'cloud')), []));

  test('hostile text comes back as it was, or, where XML cannot carry it, as a replacement', () => {
    const hostile = `<a href="x" b='y'>&amp; ]]> <!-- é 日本 \u{1f512}`;
    const [first] = cases(whole([requirement('not-met', { title: hostile, reason: hostile })]));
    assert.deepEqual([first?.name, first?.failure?.message], [`BDS-101 ${hostile}`, hostile]);
    const forbidden = toJUnit(whole([requirement('not-met', { reason: 'a\u0000b\u001b[31mc\uffffd\u0008' })]), 'cloud');
    assert.match(forbidden, /message="a\ufffdb\ufffd\[31mc\ufffdd\ufffd"/);
  });

  test('whatever the text, the file is well-formed and holds no character that XML forbids', () => {
    const text = fc.string({ unit: 'binary' });
    fc.assert(
      fc.property(text, text, text, (title, reason, name) => {
        const xml = toJUnit(whole([requirement('not-met', { title, reason }), requirement('blocked', { reason })], [reason || 'x']), name);
        assert.equal(XMLValidator.validate(xml), true);
        // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
        assert.doesNotMatch(xml, /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/);
      }),
    );
  });
});

describe('the table on the terminal', () => {
  const heading = { cloud: 'production', frontend: 'frontend01', profile: 'audit', report: '/r/index.html' };
  const table = (verdict: Verdict, width = 120) => stripVTControlCharacters(toTable(verdict, heading, width));

  test('names each requirement with its outcome and what to do, sums up last', () => {
    const text = table(whole(outcomes.map((outcome, at) => requirement(outcome, { id: `BDS-10${at}` }))));
    const lines = text.split('\n');
    for (const [at, word] of ['met', 'NOT MET', 'UNDETERMINED', 'blocked', 'not applicable', 'waived'].entries()) {
      assert.ok(lines.includes(`BDS-10${at}  ${word.padEnd(14)}  A title`), `${word} in\n${text}`);
    }
    for (const outcome of outcomes) assert.equal(text.includes(`the reason of ${outcome}`), outcome !== 'met');
    assert.match(text, /audit of production, front-end frontend01/);
    assert.match(
      text,
      /NOT COMPLIANT {2}1 met, 1 not met, 1 undetermined, 1 blocked, 1 not applicable, 1 waived \(exit 1\)\nReport: \/r\/index\.html\n$/,
    );
  });

  for (const [requirements, faults, sum] of [
    [[requirement('met'), requirement('met')], [], 'COMPLIANT  2 met (exit 0)'],
    [[requirement('met')], ['it broke'], 'UNDETERMINED  1 met (exit 2)'],
    [[], [], 'NOTHING EVALUATED  no requirement was looked at (exit 4)'],
  ] as const) {
    test(`sums up: ${sum}`, () => assert.ok(table(whole(requirements, faults)).split('\n').includes(sum)));
  }

  test('a fault of the run is said', () => assert.match(table(whole([requirement('met')], ['it broke'])), /The run itself: it broke/));

  test('what is said of waivers that cover nothing stands in it', () => {
    const waiverNotes = ['The waiver of BDS-101 covers nothing: the requirement is met. Its owner: Jane Doe.'];
    const lines = stripVTControlCharacters(toTable(whole([requirement('met')]), { ...heading, waiverNotes }, 200)).split('\n');
    assert.ok(lines.includes(waiverNotes[0] ?? ''), lines.join('\n'));
    assert.doesNotMatch(table(whole([requirement('met')])), /waiver/);
  });

  test('of several machines, those that are not fine have a line each, and what they share is said once', () => {
    const machines = outcomes.map((outcome, at) => ({
      name: `kvm0${at}`,
      outcome,
      reason: outcome === 'met' ? '' : `kvm0${at} is ${outcome}`,
    }));
    const shared = ['kvm07', 'kvm08'].map((name) => ({ name, outcome: 'not-met' as const, reason: 'the same for both' }));
    const text = table(whole([requirement('not-met', { reason: '3 of 8: …', machines: [...machines, ...shared] })]));
    const fine = ['met', 'not-applicable'];
    for (const { name, outcome } of machines) assert.equal(text.includes(`${name} is ${outcome}`), !fine.includes(outcome), name);
    assert.equal(text.split('the same for both').length, 2);
    assert.doesNotMatch(text, /3 of 8/);
  });

  for (const [many, told, more] of [
    [8, 8, undefined],
    [9, 8, '… and 1 more, see the report.'],
    [3000, 8, '… and 2992 more, see the report.'],
  ] as const) {
    test(`of ${many} machines, ${told} are told of`, () => {
      const machines = Array.from({ length: many }, (_, at) => ({
        name: `kvm${at}`,
        outcome: 'not-met' as const,
        reason: `kvm${at} is gone`,
      }));
      const lines = table(whole([requirement('not-met', { machines })])).split('\n');
      assert.equal(lines.filter((line) => line.endsWith(' is gone')).length, told);
      assert.equal(lines.find((line) => line.includes('… and'))?.trim(), more);
    });
  }

  describe('what the run changed', () => {
    const acted = (actions: readonly Action[] | undefined, profile = 'gate', width = 80) =>
      toTable(whole([requirement('met')]), { ...heading, profile, ...(actions && { actions }) }, width);
    const shown = (...given: Parameters<typeof acted>) => stripVTControlCharacters(acted(...given)).split('\n');
    const lines = (...given: Parameters<typeof acted>) =>
      shown(...given).filter((line) => /^(Done|Removed again|Still there|Nothing| {2})/.test(line));

    test('a line each, in its order, between the requirements and the sum', () => {
      const actions = [
        { what: 'wrote a file', state: 'changed' },
        { what: 'image 4', state: 'undone' },
        { what: 'template 2: remove it with onetemplate delete 2', state: 'left' },
      ] as const;
      assert.deepEqual(lines(actions), [
        'Done: wrote a file',
        'Removed again: image 4',
        'Still there: template 2: remove it with onetemplate delete 2',
      ]);
      const all = shown(actions);
      const [before, after] = [all.findIndex((line) => line.startsWith('BDS-')), all.findIndex((line) => line.startsWith('COMPLIANT'))];
      for (const [at, line] of all.entries()) if (/^(Done|Removed|Still)/.test(line)) assert.ok(before < at && at < after);
    });

    test('setup says that it changed nothing; the others say nothing of it', () => {
      assert.deepEqual(lines([], 'setup'), ['Nothing was changed on any machine.']);
      assert.deepEqual(lines(undefined, 'setup'), ['Nothing was changed on any machine.']);
      for (const profile of ['audit', 'gate', 'demo']) assert.deepEqual(lines([], profile), []);
    });

    test('long ones are wrapped with an indent; no word is lost, and a machine’s words do not steer the terminal', () => {
      const words = Array.from({ length: 60 }, (_, at) => `word${at}`);
      const [first = '', ...rest] = lines([{ what: words.join(' '), state: 'left' }], 'gate', 50);
      assert.deepEqual(
        [first, ...rest].flatMap((line) => line.trim().split(' ')),
        ['Still', 'there:', ...words],
      );
      for (const line of rest) assert.match(line, /^ {2}\S/);
      for (const line of [first, ...rest]) assert.ok(line.length <= 52, line);
      const hostile = acted([{ what: 'a\u001b[2Jb\rc', state: 'changed' }]);
      assert.ok(hostile.includes('Done: a\ufffd[2Jb c'), hostile);
    });
  });

  test('long reasons are wrapped: no word is lost, no line is too long', () => {
    const words = Array.from({ length: 400 }, (_, at) => `word${at}`);
    for (const width of [40, 80, 120, 237]) {
      const lines = table(whole([requirement('not-met', { reason: words.join(' ') })]), width).split('\n');
      const body = lines.filter((line) => line.startsWith(' '.repeat(25)));
      assert.deepEqual(
        body.flatMap((line) => line.trim().split(' ')),
        words,
      );
      for (const line of body) assert.ok(line.length <= Math.max(width, 65), `${line.length} at ${width}`);
    }
  });

  test('wrapping keeps every word whole and in order, at any width', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ minLength: 1 }).filter((word) => /^\S+$/.test(word))),
        fc.integer({ min: 1, max: 60 }),
        (words, width) => {
          const lines = wrap(words.join(' '), width);
          assert.deepEqual(
            lines.flatMap((line) => line.split(' ')),
            words,
          );
          for (const line of lines) assert.ok(line.length <= width || !line.includes(' '));
        },
      ),
    );
    assert.deepEqual(wrap('', 10), []);
  });

  test('what a machine printed cannot write over the table', () => {
    const reason = 'kvm01: \u001b[2J\u001b[1Aall is fine\r\u0007\u009b2K\u0000 no';
    const machines = [{ name: 'kvm01', outcome: 'not-met' as const, reason }];
    for (const each of [requirement('not-met', { reason }), requirement('not-met', { reason, machines })]) {
      const plain = toTable(whole([each], [reason]), heading, 120).replaceAll(new RegExp(`${'\u001b'}\\[\\d+m`, 'g'), '');
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
      assert.doesNotMatch(plain, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
      assert.match(plain, /all is fine/);
    }
  });
});

test('the outcomes in Allure’s language', () => {
  assert.deepEqual(allureStatus, {
    ...{ met: 'passed', 'not-met': 'failed', undetermined: 'broken', blocked: 'skipped', 'not-applicable': 'skipped', waived: 'skipped' },
  });
});

describe('secrets', () => {
  const rows: readonly (readonly [what: string, text: string, kept: string])[] = [
    [
      'a private key',
      'before\n-----BEGIN OPENSSH PRIVATE KEY-----\nSECRETkeyBODY1\nSECRETkeyBODY2\n-----END OPENSSH PRIVATE KEY-----\nafter',
      'before\n-----BEGIN OPENSSH PRIVATE KEY-----[redacted]-----END OPENSSH PRIVATE KEY-----\nafter',
    ],
    ['a private key that is cut off', 'x\n-----BEGIN RSA PRIVATE KEY-----\nSECRETrsaBODY', 'x\n-----BEGIN RSA PRIVATE KEY-----[redacted]'],
    ['an element', '<VNC_PASSWORD>SECRETvnc1</VNC_PASSWORD>', '<VNC_PASSWORD>[redacted]</VNC_PASSWORD>'],
    ['an element in CDATA', '<TOKEN><![CDATA[SECRETtok1]]></TOKEN>', '<TOKEN><![CDATA[[redacted]]]></TOKEN>'],
    ['an attribute of a template', 'RESTIC_PASSWORD = "SECRETrestic"', 'RESTIC_PASSWORD = "[redacted]"'],
    ['a value of JSON', '{"token": "SECRETjson"}', '{"token": "[redacted]"}'],
    ['a password in a URL', 'ftp://user:SECRETurl@host/', 'ftp://user:[redacted]@host/'],
    ['a value of JSON in JSON', '{"body": "{\\"token\\": \\"SECRETinner\\"}"}', '{"body": "{\\"token\\": \\"[redacted]\\"}"}'],
    ['a value over two lines', 'PASSWORD = "SECRETline1\nSECRETline2"', 'PASSWORD = "[redacted]"'],
    ['a variable of the environment', 'GITHUB_TOKEN=SECRETenv1 HOME=/root', 'GITHUB_TOKEN=[redacted] HOME=/root'],
    ['a value of YAML', 'db:\n  passphrase: SECRETyaml1\n', 'db:\n  passphrase: [redacted]\n'],
    ['the query of a URL', 'https://host/?access_token=SECRETquery1&x=1', 'https://host/?access_token=[redacted]&x=1'],
    ['a header', 'GET / HTTP/1.1\nAuthorization: Bearer SECRETbearer1', 'GET / HTTP/1.1\nAuthorization: Bearer [redacted]'],
    ['one_auth', 'oneadmin:SECRETone1auth', 'oneadmin:[redacted]'],
  ];
  for (const [what, text, kept] of rows) {
    test(`${what} is taken out, remembered, and taken out elsewhere`, () => {
      const secret = /SECRET\w+(\s+SECRET\w+)?/.exec(text)?.[0] ?? assert.fail();
      assert.equal(redact(text), kept);
      assert.equal(redact(`${kept}\nand more`), `${kept}\nand more`);
      for (const each of [secret, `ab${secret}cd`]) if (!what.startsWith('a private key')) assert.doesNotMatch(scrub(each), /SECRET/);
      assert.equal(leaks(kept), 0);
    });
  }

  test('a secret that was seen is taken out however else it is written', () => {
    const secret = 'SECRET <way> & "means" ü1';
    redact(`<VNC_PASSWORD><![CDATA[${secret}]]></VNC_PASSWORD>`);
    const inBase64 = (text: string) => Buffer.from(text).toString('base64');
    for (const text of [
      secret,
      JSON.stringify({ said: secret }),
      encodeURIComponent(secret),
      'SECRET &lt;way&gt; &amp; "means" ü1',
      'SECRET &lt;way&gt; &amp; &quot;means&quot; ü1',
      ...['', 'x', 'xy'].map((before) => `data:${inBase64(`${before}${secret}, and more`)}`),
    ]) {
      assert.equal(leaks(text) > 0, true, text);
      const clean = scrub(text);
      assert.match(clean, /\[redacted\]/, text);
      assert.equal(leaks(clean), 0, clean);
    }
  });

  test('base64 of something secret is taken out as a whole, over several lines, too', () => {
    const file = '<VM><TEMPLATE><PASSWORD><![CDATA[SECRETinBase64]]></PASSWORD></TEMPLATE></VM>';
    const lines = Buffer.from(file.repeat(3)).toString('base64').replace(/.{76}/g, '$&\n');
    assert.equal(redact(`vm.xml:\n${lines}\nend of it`), 'vm.xml:\n[redacted]\nend of it');
    const plain = Buffer.from('<VM><NAME>nothing secret</NAME></VM>').toString('base64');
    assert.equal(redact(plain), plain);
  });

  test('a quote inside of a value does not end it', () => {
    const text = String.raw`PASSWORD = "half\"the other half", NAME = "a"`;
    assert.equal(redact(text), 'PASSWORD = "[redacted]", NAME = "a"');
  });

  test('what is redacted can be read as before: no element ends elsewhere, none is gone', () => {
    const bits = [
      'password',
      'TOKEN',
      '=',
      ': ',
      '"',
      "'",
      ' ',
      '\n',
      '\\',
      'Authorization: Basic ',
      'oneadmin:',
      'x9x9x9',
      'ftp://u:',
      '@',
      '<',
      '&',
    ];
    const key = '-----BEGIN RSA PRIVATE KEY-----';
    const texts = fc.array(fc.constantFrom(...bits, key, 'cGFzc3dvcmQ9eDl4OXg5eDl4OQ=='), { maxLength: 12 }).map((some) => some.join(''));
    fc.assert(
      fc.property(texts, fc.boolean(), (text, secret) => {
        const name = secret ? 'ROOT_PASSWORD' : 'HINT';
        const xml = `<VM><ID>1</ID><${name}><![CDATA[${text}]]></${name}><STATE>3</STATE></VM>`;
        assert.match(redact(xml), new RegExp(`^<VM><ID>1</ID><${name}><!\\[CDATA\\[[\\s\\S]*\\]\\]></${name}><STATE>3</STATE></VM>$`));
      }),
    );
  });

  test('secrets of our own environment are known from the beginning', () => {
    rememberEnvironment({ CI_JOB_TOKEN: 'SECRETci-job1', HOME: '/root', API_KEY: 'short' });
    assert.equal(scrub('said SECRETci-job1 in /root, short'), 'said [redacted] in /root, short');
  });

  test('a word behind something that only sounds secret is gone there, and stays elsewhere', () => {
    assert.equal(redact('token: expired. password=wrong!'), 'token: [redacted] password=[redacted]');
    assert.equal(scrub('The certificate has expired.'), 'The certificate has expired.');
  });

  test('leaks counts the secrets that stand in a text', () => {
    redact('PASSWORD="SECRETcount1"\nPASSWORD="SECRETcount2"');
    assert.equal(leaks('SECRETcount1 SECRETcount1'), 1);
    assert.equal(leaks('SECRETcount1 SECRETcount2'), 2);
    assert.equal(leaks('nothing'), 0);
  });

  test('a value too short to be told from other text is taken out where it stands, and nowhere else', () => {
    assert.equal(redact('PASSWORD="on"'), 'PASSWORD="[redacted]"');
    assert.equal(scrub('STAT on'), 'STAT on');
  });

  test('what only looks like a secret stays', () => {
    for (const text of [
      'Permission denied (publickey,password).',
      'ssh://oneadmin@frontend01:22',
      '<NAME>password</NAME>',
      '-----BEGIN PUBLIC KEY-----\nabc',
      'chown oneadmin:oneadmin, oneadmin:x:9869:9869, oneadmin:backup-operators',
      "oneadmin@backup01's password: ",
      'Authorization: denied',
      'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGxTbwRQoNxwZr0oWvUqPMhwcnXkHrGVB5bEo4qs5sHt',
    ]) {
      assert.equal(redact(text), text);
    }
  });
});

describe('evidence', () => {
  const folder = mkdtempSync(join(tmpdir(), 'evidence-'));
  after(() => rmSync(folder, { recursive: true }));
  const files = () =>
    readdirSync(join(folder, 'evidence'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ name }) => name);

  test('has a file with all of it, and a part inline that says where the rest is', () => {
    const store = new EvidenceStore(folder, assert.fail);
    const answer = evidence({
      machine: 'kvm01.example.net',
      command: "ssh 'a b' true",
      stdout: 'x'.repeat(5000),
      exitCode: 3,
      stderr: 'warned\n',
      truncated: true,
    });
    const { file, inline, command, start, stop } = store.exhibit(answer, 1000);
    const text = readFileSync(join(folder, file), 'utf8');
    assert.equal(file, 'evidence/kvm01.example.net/001-ssh-a-b-true.txt');
    for (const part of [
      'kvm01.example.net',
      'oneadmin',
      "ssh 'a b' true",
      'exit 3',
      'x'.repeat(5000),
      'warned',
      'cut at its cap',
      '2026-11-23T09:10:00.000Z',
      '0.250 s',
    ])
      assert.ok(text.includes(part), part);
    const head = `file     ${file}\n`;
    assert.equal(inline, `${head}${text.slice(0, 1000)}\n[… ${text.length - 1000} more characters]\n`);
    assert.deepEqual([command, start, stop - start], ["ssh 'a b' true", Date.parse('2026-11-23T09:10:00.000Z'), 250]);
    assert.equal(store.exhibit(answer, text.length).inline, `${head}${text}`);
  });

  test('stands where it was typed, in the folder of the machine that it is about', () => {
    const store = new EvidenceStore(folder, assert.fail);
    const typedOn = { machine: 'frontend01.example.net', account: 'oneadmin' };
    const { file } = store.exhibit(evidence({ machine: 'backup01', account: 'backup', command: 'ssh backup@backup01 true', typedOn }), 10);
    assert.match(file, /^evidence\/backup01\//);
    assert.match(
      readFileSync(join(folder, file), 'utf8'),
      /^on {7}frontend01\.example\.net\nas {7}oneadmin\ncommand {2}ssh backup@backup01 true\n/,
    );
  });

  test('one file for an answer, however many rest on it; two for two answers that look alike', () => {
    const store = new EvidenceStore(folder, assert.fail);
    const before = files().length;
    const answer = evidence({ machine: 'same', command: 'id' });
    assert.equal(store.exhibit(answer, 10).file, store.exhibit(answer, 100).file);
    assert.notEqual(store.exhibit({ ...answer }, 10).file, store.exhibit(answer, 10).file);
    assert.equal(files().length, before + 2);
  });

  test('no name of a machine or command leads out of the folder', () => {
    const store = new EvidenceStore(folder, assert.fail);
    for (const hostile of ['../../etc/passwd', '..', '.', '/', '', '\u0000', '.hidden', '-rf', 'x'.repeat(300), 'ä', '2001:db8::1']) {
      const { file } = store.exhibit(evidence({ machine: hostile, command: hostile }), 10);
      assert.match(file, /^evidence\/[A-Za-z0-9_][A-Za-z0-9._-]*\/\d+-[A-Za-z0-9_][A-Za-z0-9._-]*\.txt$/, hostile);
      assert.match(readFileSync(join(folder, file), 'utf8'), /^on {7}/);
    }
  });

  test('holds no secret, not in the file, not inline, not in the command', () => {
    const store = new EvidenceStore(folder, assert.fail);
    const answer = evidence({ machine: 'secretive', command: 'curl ftp://u:SECRETevidence@h/', stdout: 'got SECRETevidence back\n' });
    const { file, inline, command } = store.exhibit(answer, 10_000);
    for (const text of [file, inline, command, readFileSync(join(folder, file), 'utf8')]) assert.doesNotMatch(text, /SECRET/);
  });

  for (const [exitCode, signal, ended] of [
    [0, null, 'exit 0'],
    [124, 'SIGTERM', 'exit 124 (SIGTERM)'],
    [null, 'SIGKILL', 'SIGKILL'],
    [null, null, 'did not end'],
  ] as const) {
    test(`says how it ended: ${ended}`, () => assert.ok(asText(evidence({ exitCode, signal })).includes(`ended    ${ended}\n`)));
  }

  test('says that there was no output', () => assert.match(asText(evidence({ stdout: '', stderr: '' })), /stdout: empty\nstderr: empty/));
});

describe('the report asks nothing of the network', () => {
  const page = (inside: string) => `<!doctype html>\n<html><head><title>x</title>${inside}</head><body></body></html>`;
  const analytics =
    '<script async src="https://www.googletagmanager.com/gtag/js?id=G-1"></script><script>window.dataLayer=[];function gtag(){dataLayer.push(arguments)}gtag("js",new Date());gtag("config","G-1")</script>';

  test('Allure’s analytics are cut out, all else stays, and a policy stands first', () => {
    const html = offline(page(`${analytics}<script>app()</script>`), '<p>paper</p>').join('');
    assert.doesNotMatch(html, /gtag|google/);
    assert.match(
      html,
      /<head>\n<meta http-equiv="Content-Security-Policy" content="default-src 'none';[^"]*"><title>x<\/title><script>app\(\)<\/script>/,
    );
    assert.ok(html.endsWith('<body><p>paper</p>\n</body></html>'), html);
    assert.doesNotMatch(html.match(/content="([^"]*)"/)?.[1] ?? 'https:', /https?:|\*/);
  });

  for (const [what, inside] of [
    ['a script', '<script type="module" src="https://cdn.example/x.js"'],
    ['a style', '<link rel="stylesheet" href="https://cdn.example/x.css">'],
    ['an image', '<img src="http://x.example/x.png">'],
    ['a frame', '<iframe src="https://x.example/"></iframe>'],
    ['an image, once the analytics in its midst are cut out', `<img ${analytics} src="https://x.example/x.png">`],
    ['what is left of the analytics', '<script>fetch("https://www.googletagmanager.com/x")</script>'],
  ] as const) {
    test(`refused: ${what} from elsewhere`, () => assert.throws(() => offline(page(inside)), /ask something of the network/));
  }

  test('links a person may follow stay', () =>
    assert.match(offline(page('<a href="https://docs.opennebula.io/">x</a>')).join(''), /docs\.opennebula\.io/));

  test('a page without a head, where the policy has no place, is refused', () => {
    assert.throws(() => offline('<html><body></body></html>'));
  });
});
