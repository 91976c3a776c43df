import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { describe, test } from 'node:test';
import type { Envelope, Pickle, TestStepResult } from '@cucumber/messages';
import { messageOf, Undetermined, UsageError } from '../../support/outcome/errors.ts';
import { OUTCOMES, type Outcome, type Severity, worst } from '../../support/outcome/outcome.ts';
import type { Subject } from '../../support/outcome/subject.ts';
import { said } from '../../support/report/words.ts';
import type { Waiver } from '../../support/site/waivers.ts';
import { FINDINGS, type Findings, type Found } from '../../support/verdict/findings.ts';
import type { Requirement, Verdict } from '../../support/verdict/schema.ts';
import { overall, placeOf, RunRecord, verdictOf } from '../../support/verdict/verdict.ts';
import fc from '../fuzz.ts';

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

/** What a check says of one subject. */
const judged = (name: string, outcome: Outcome, more: Partial<Found> = {}): Found => ({
  ...{ outcome, machine: name, subject: { kind: 'host', name }, exhibits: [] },
  reason: outcome === 'met' ? '' : `${name}: ${outcome}`,
  ...more,
});
/** What it says of the requirement as a whole. */
const found = (outcome: Outcome, more: Partial<Found> = {}): Findings => {
  const { subject: _none, ...whole } = judged('kvm01', outcome, {
    ...(outcome !== 'met' && { reason: `the check says ${outcome}` }),
    ...more,
  });
  return { perSubject: false, judgements: [whole] };
};
const each = (...judgements: Found[]): Findings => ({ perSubject: true, judgements });
const day = '2026-11-24';
const waiver = (more: Partial<Waiver> = {}): Waiver => ({
  ...{ requirement: 'BDS-101', owner: 'Jane Doe', reason: 'ordered', expires: '2026-12-31' },
  ...more,
});

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
  if (found)
    yield { attachment: { testCaseStartedId, mediaType: FINDINGS, body: JSON.stringify(found), contentEncoding: 'IDENTITY' } } as Envelope;
  if (finished) yield { testCaseFinished: { testCaseStartedId, timestamp: time, willBeRetried: false } };
}

let waivers: readonly Waiver[] = [];
function record(...scenarios: (Scenario | Envelope[])[]): RunRecord {
  const run = new RunRecord({ waivers, day });
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

test('a scenario lasts from its start to its end; one that did not end, or whose clock was set back, has no time', () => {
  const lasting = (end?: { seconds: number; nanos: number }, start = time) => {
    const scenario: Envelope[] = [...envelopes({ results: ['PASSED'], found: found('met') })].flatMap((envelope) => {
      if (envelope.testCaseStarted) return [{ testCaseStarted: { ...envelope.testCaseStarted, timestamp: start } }];
      return envelope.testCaseFinished ? (end ? [{ testCaseFinished: { ...envelope.testCaseFinished, timestamp: end } }] : []) : [envelope];
    });
    return only(scenario).seconds;
  };
  assert.equal(lasting({ seconds: time.seconds + 2, nanos: time.nanos + 345_678_000 }), 2.346);
  assert.equal(lasting({ seconds: 9, nanos: 0 }, { seconds: 7, nanos: 0 }), 2);
  assert.equal(lasting({ ...time, seconds: time.seconds - 1 }), undefined);
  assert.equal(lasting(), undefined);
});

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
    ['passed, findings of nothing', { results: ['PASSED'], found: each() }, 'undetermined', /no check found/],
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
      /^A step of the scenario has no definition, so nothing was checked\. Add it, or correct its wording\.$/,
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
      /^A step of the scenario is not written yet, so nothing was checked\. Write its definition\.$/,
    ],
    ['pending, with findings met', { results: ['PASSED', 'PENDING'], found: found('met') }, 'undetermined', /not written yet/],
    ['no steps', { steps: 0, results: [] }, 'undetermined', /^The scenario has no steps, so nothing was checked\. Restore its steps\.$/],
    ['no steps, but hooks that passed', { steps: 0, results: ['PASSED', 'PASSED'], found: found('met') }, 'undetermined', /no steps/],
    ['started, nothing run', { results: [] }, 'undetermined', /^No step of the scenario was run, so nothing was checked\. Run it again\.$/],
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
      seconds: 0,
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
      reason: 'The scenario has no steps, so nothing was checked. Restore its steps.',
      seconds: 0,
    });
  });

  test('messages of what was never started are nobody’s', () => {
    const [, , , ...stray] = envelopes({ id: 'BDS-999', results: ['PASSED'], found: found('met') });
    assert.equal(stray.length, 3);
    // What a hook around the run attaches names no scenario.
    const ofHook = { attachment: { mediaType: FINDINGS, body: JSON.stringify(found('met')), contentEncoding: 'IDENTITY' } } as Envelope;
    const { requirements, runFaults } = verdict({ results: ['PASSED'] }, stray, [ofHook]);
    assert.deepEqual([requirements.map(({ id, outcome }) => `${id} ${outcome}`), runFaults], [['BDS-101 undetermined'], []]);
  });

  test('subjects are listed where each is judged, with what to do, what was measured, and what is notable', () => {
    const judgements = [
      judged('kvm01', 'met', { note: 'a note', measured: '61 % free' }),
      judged('7', 'not-met', { fix: 'Mend it.', subject: { kind: 'vm', name: 'files01', id: '7' } }),
    ];
    const { subjects, reason, note, fix, recheck } = only({ results: [assertion()], found: each(...judgements) });
    assert.deepEqual(subjects, [
      { kind: 'host', name: 'kvm01', outcome: 'met', reason: '', measured: '61 % free', note: 'a note' },
      {
        ...{ kind: 'vm', name: 'files01', id: '7', outcome: 'not-met', reason: '7: not-met', fix: 'Mend it.' },
        recheck: 'backup-compliance audit --only "BDS-101@vm files01"',
      },
    ]);
    assert.deepEqual([reason, note, fix, recheck], ['1 of 2: 7: not-met', 'a note', undefined, undefined]);
  });

  test('what is judged as a whole has its own', () => {
    const more = { fix: 'Mend it.', measured: '3 % free', note: 'a note' };
    const { subjects, fix, recheck, measured, note } = only({ results: [assertion()], found: found('not-met', more) });
    assert.deepEqual({ fix, measured, note }, more);
    assert.deepEqual([subjects, recheck], [undefined, 'backup-compliance audit --only BDS-101']);
    assert.equal(only({ id: 'ORG-101', results: [assertion()], found: found('not-met') }).recheck, undefined, 'it is run by other means');
    assert.equal(only({ results: ['PASSED'], found: found('met', { measured: '61 % free' }) }).measured, '61 % free');
  });

  test('of VMs, images and jobs those that are met, or not concerned, are a number; a recheck names each as nobody else is called', () => {
    const vm = (name: string, id: string, outcome: Outcome, more: Partial<Found> = {}) =>
      judged(name, outcome, { ...more, subject: { kind: 'vm', name, id } });
    const run = record({
      results: [assertion()],
      found: each(
        ...[
          vm('a', '1', 'met', { note: 'A note.' }),
          vm('b', '2', 'not-met'),
          vm('c', '3', 'not-applicable'),
          vm('c', '4', 'undetermined'),
        ],
        ...[vm('5', '6', 'blocked'), vm('7', '8', 'not-met'), judged('kvm01', 'met')],
      ),
    });
    const [requirement] = run.verdict().requirements;
    const { subjects = [], subjectsMet, subjectsNotApplicable, reason, note } = requirement ?? assert.fail();
    assert.deepEqual(
      subjects.map(({ kind, id, recheck }) => [kind, id, recheck]),
      [
        ['vm', '2', 'backup-compliance audit --only "BDS-101@vm b"'],
        ['vm', '4', 'backup-compliance audit --only "BDS-101@vm 4"'],
        ['vm', '6', undefined],
        ['vm', '8', 'backup-compliance audit --only "BDS-101@vm 8"'],
        ['host', undefined, undefined],
      ],
    );
    assert.deepEqual([subjectsMet, subjectsNotApplicable, note], [1, 1, 'A note.']);
    assert.equal(reason, '2 of 7: b: not-met | 7: not-met');
    assert.equal(said(requirement ?? assert.fail()), reason);
    assert.equal(run.judgedOf('BDS-101')?.length, 7);
    assert.deepEqual(run.judgedOf('BDS-101')?.[0], { kind: 'vm', name: 'a', id: '1', outcome: 'met' });
    assert.equal(run.judgedOf('BDS-999'), undefined);
  });

  test('of those in no list both numbers are told, and neither where there is none', () => {
    const vm = (name: string, outcome: Outcome) => judged(name, outcome, { subject: { kind: 'vm', name, id: name } });
    const numbers = (...all: Found[]) => {
      const { subjectsMet, subjectsNotApplicable } = only({ results: ['PASSED'], found: each(...all) });
      return [subjectsMet, subjectsNotApplicable];
    };
    assert.deepEqual(numbers(vm('a', 'met'), vm('b', 'met'), vm('c', 'not-applicable')), [2, 1]);
    assert.deepEqual(numbers(vm('a', 'met')), [1, undefined]);
    assert.deepEqual(numbers(vm('a', 'not-applicable')), [undefined, 1]);
  });

  test('a recheck names a subject as a shell and --only take it', () => {
    const recheckOf = (subject: Subject, tags = ['@BDS-101', '@audit']) =>
      only({ tags, results: [assertion()], found: each(judged('x', 'not-met', { subject })) }).subjects?.[0]?.recheck;
    for (const [subject, asked] of [
      [{ kind: 'host', name: 'kvm01', id: '3' }, 'BDS-101@kvm01'],
      [{ kind: 'machine', name: 'frontend01' }, 'BDS-101@frontend01'],
      [{ kind: 'job', name: 'nightly', id: '2' }, '"BDS-101@job nightly"'],
      [{ kind: 'vm', name: '47', id: '2' }, '"BDS-101@vm 2"'],
      [{ kind: 'vm', name: '4b', id: '2' }, '"BDS-101@vm 4b"'],
      [{ kind: 'vm', name: '47' }, '"BDS-101@vm 47"'],
    ] as const)
      assert.equal(recheckOf(subject), `backup-compliance audit --only ${asked}`);
    assert.equal(recheckOf({ kind: 'host', name: 'kvm01' }, ['@BDS-101', '@setup']), undefined);
    assert.equal(only({ results: ['PASSED'] }).subjects, undefined);
  });

  test('when this run tried it, and when it was proven last, stands beside each', () => {
    const more = { tried: '2026-11-24T06:00:00Z', proven: '2026-11-23T06:00:00Z' };
    const { subjects = [] } = only({ results: ['PASSED'], found: each(judged('kvm01', 'met', more), judged('kvm02', 'met')) });
    assert.deepEqual(
      subjects.map((subject) => ['tried' in subject, subject.tried, subject.proven]),
      [
        [true, more.tried, more.proven],
        [false, undefined, undefined],
      ],
    );
  });

  test('of what a gate judges all are listed: by those that are met the next gate knows whose turn it is', () => {
    const subject = { kind: 'vm', name: 'a', id: '1' } as const;
    const tags = ['@BDS-605', '@gate'];
    const { subjects, subjectsMet } = only({ id: 'BDS-605', tags, results: ['PASSED'], found: each(judged('a', 'met', { subject })) });
    assert.deepEqual([subjects?.map(({ id, outcome }) => [id, outcome]), subjectsMet], [[['1', 'met']], undefined]);
  });

  test('of many subjects eight are named in the sentence, and as many notes', () => {
    const many = Array.from({ length: 10 }, (_, at) => judged(`kvm${at}`, at < 9 ? 'not-met' : 'met', { note: `note ${at}.` }));
    const { reason, note, subjects } = only({ results: [assertion()], found: each(...many) });
    assert.match(reason, /^9 of 10: kvm0: not-met \| .*kvm7: not-met \| … and 1 more$/);
    assert.match(note ?? '', /^note 0\..*note 7\. … and 2 more\.$/);
    assert.equal(subjects?.length, 10);
  });

  test('of many that are met it says what was measured on the first, where that is all there is to say', () => {
    const vm = (name: string, outcome: Found['outcome'], measured?: string) =>
      judged(name, outcome, { subject: { kind: 'vm', name, id: name }, ...(measured !== undefined && { measured }) });
    const measuredOf = (...all: Found[]) =>
      only({ results: [all.some(({ outcome }) => outcome === 'not-met') ? assertion() : 'PASSED'], found: each(...all) }).measured;
    assert.equal(measuredOf(vm('a', 'met', '3 h'), vm('b', 'met', '4 h'), vm('c', 'not-applicable')), 'a: 3 h; and 1 more');
    assert.equal(measuredOf(vm('a', 'met', '3 h')), 'a: 3 h');
    assert.equal(measuredOf(vm('a', 'met')), undefined);
    assert.equal(measuredOf(vm('a', 'met', '3 h'), vm('b', 'not-met', '40 h')), undefined);
  });

  test('names the files it rests on: of each subject, or as a whole', () => {
    const rest = (...names: string[]) => ({
      exhibits: names.map((file) => ({ file, command: 'x', inline: 'x', on: 'a', as: 'x', ended: 'exit 0', start: 0, stop: 1 })),
    });
    const [one, other] = [rest('evidence/a/1.txt', 'evidence/a/2.txt'), rest('evidence/a/1.txt')];
    const { subjects, evidence } = only({ results: ['PASSED'], found: each(judged('kvm01', 'met', one), judged('kvm02', 'met', other)) });
    assert.deepEqual(
      [subjects?.map((subject) => subject.evidence), evidence],
      [[['evidence/a/1.txt', 'evidence/a/2.txt'], ['evidence/a/1.txt']], undefined],
    );
    assert.deepEqual(only({ results: ['PASSED'], found: found('met', one) }).evidence, ['evidence/a/1.txt', 'evidence/a/2.txt']);
    const unlisted = judged('a', 'met', { ...other, subject: { kind: 'vm', name: 'a', id: '1' } });
    assert.deepEqual(only({ results: ['PASSED'], found: each(unlisted) }).evidence, ['evidence/a/1.txt']);
  });

  describe('with waivers', () => {
    const of = (waiversOfRun: readonly Waiver[], results: readonly Result[], ...judgements: Found[]) => {
      waivers = waiversOfRun;
      try {
        return only({ results, found: each(...judgements) });
      } finally {
        waivers = [];
      }
    };
    const applied = (expires: string, expired = false) => ({ owner: 'Jane Doe', reason: 'ordered', expires, expired });
    const [soon, later, gone] = [
      waiver({ subject: 'a', expires: '2026-12-01' }),
      waiver({ subject: 'b', expires: '2027-01-01' }),
      waiver({ subject: 'b', expires: '2026-01-01' }),
    ];

    test('what is not met is waived; of several the one that expires first stands with the requirement', () => {
      const waived = of([later, soon], ['SKIPPED'], judged('b', 'not-met'), judged('a', 'not-met'), judged('c', 'met'));
      assert.deepEqual([waived.outcome, waived.trueOutcome, waived.waiver], ['waived', 'not-met', applied('2026-12-01')]);
      assert.match(waived.reason, /^2 of 3: Not met, but waived until 2027-01-01 by Jane Doe \(ordered\): b: not-met \|/);
      assert.deepEqual(
        waived.subjects?.map(({ name, outcome, trueOutcome, waiver: by }) => [name, outcome, trueOutcome, by?.expires]),
        [
          ['b', 'waived', 'not-met', '2027-01-01'],
          ['a', 'waived', 'not-met', '2026-12-01'],
          ['c', 'met', undefined, undefined],
        ],
      );
    });

    test('one that is expired stands there, and covers nothing', () => {
      const unmet = of([soon, gone], [assertion()], judged('a', 'not-met'), judged('b', 'not-met'), judged('c', 'not-met'));
      assert.deepEqual([unmet.outcome, unmet.trueOutcome, unmet.waiver], ['not-met', undefined, applied('2026-01-01', true)]);
    });

    test('what nobody could look at, or what broke besides, is not waived', () => {
      for (const [other, end] of [
        ['undetermined', error()],
        ['blocked', 'SKIPPED'],
      ] as const) {
        const { outcome, waiver: by, trueOutcome } = of([soon], [end], judged('a', 'not-met'), judged('b', other));
        assert.deepEqual([outcome, by, trueOutcome], [other, undefined, undefined]);
      }
      for (const [end, outcome] of [
        [assertion('late'), 'not-met'],
        [error('hook'), 'undetermined'],
      ] as const) {
        const broken = of([soon], ['SKIPPED', end], judged('a', 'not-met'));
        assert.deepEqual([broken.outcome, broken.waiver, broken.trueOutcome], [outcome, undefined, undefined]);
      }
    });
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

describe('the worst of several subjects', () => {
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
    fc.assert(fc.property(fc.array(fc.constantFrom(...OUTCOMES)), (several) => assert.equal(worst(several), worst(several.toReversed()))));
  });

  test('a subject more never makes it better, unless nothing else applies', () => {
    const rank = (outcome: Outcome) => ['not-met', 'undetermined', 'blocked', 'waived', 'met', 'not-applicable'].indexOf(outcome);
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...OUTCOMES), { minLength: 1 }), fc.constantFrom(...OUTCOMES), (several, one) =>
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
          several.map((outcome) => ({ id: 'BDS-101', severity: 'minor', outcome })),
          faults,
        ),
        { verdict: expected, exitCode },
      );
    });
  }

  /** Outcomes by severity: the first letter of each. */
  const failing = (of: string, failOn: Severity) =>
    overall(
      of.split(' ').map((each, at) => {
        const [severity = '', outcome = ''] = each.split(':');
        return { id: `BDS-10${at}`, severity: severity as Severity, outcome: outcome as Outcome };
      }),
      [],
      failOn,
    );
  for (const [of, failOn, expected, exitCode, below] of [
    ['blocker:met minor:not-met', 'normal', 'compliant', 0, ['BDS-101']],
    ['blocker:met normal:not-met minor:met', 'critical', 'compliant', 0, ['BDS-101', 'BDS-102']],
    ['critical:not-met normal:met', 'critical', 'not-compliant', 1, ['BDS-101']],
    ['blocker:met normal:undetermined', 'critical', 'compliant', 0, ['BDS-101']],
    ['blocker:met normal:blocked', 'critical', 'compliant', 0, ['BDS-101']],
    // What counts and could not be checked is never hidden, whatever is in its way.
    ['blocker:undetermined normal:not-met', 'critical', 'undetermined', 2, ['BDS-101']],
    ['normal:not-met blocker:blocked', 'blocker', 'undetermined', 2, ['BDS-100']],
    // Where nothing counts, nothing is compliant.
    ['normal:met minor:not-met', 'critical', 'nothing-evaluated', 4, ['BDS-100', 'BDS-101']],
    ['blocker:not-applicable normal:met', 'blocker', 'nothing-evaluated', 4, ['BDS-101']],
    ['blocker:waived normal:not-met', 'blocker', 'compliant', 0, ['BDS-101']],
  ] as const)
    test(`--fail-on ${failOn} of ${of}: ${expected}, exit ${exitCode}`, () =>
      assert.deepEqual(failing(of, failOn), { verdict: expected, exitCode, failOn, below }));
  test('--fail-on minor is as without, and a fault of the run counts always', () => {
    assert.deepEqual(failing('minor:not-met', 'minor'), { verdict: 'not-compliant', exitCode: 1 });
    assert.equal(overall([{ id: 'BDS-101', severity: 'blocker', outcome: 'met' }], ['it broke'], 'blocker').exitCode, 2);
  });

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
    run.expect([pickle?.pickle ?? assert.fail()]);
    const [expected, ...others] = run.verdict().requirements;
    assert.deepEqual([expected?.id, expected?.outcome, others.length], ['BDS-102', 'undetermined', 0]);
    assert.match(expected?.reason ?? '', /Not reached: .*no front-end/);
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
    run.fault('the evidence was not signed: no key');
    const { runFaults, requirements } = run.verdict();
    assert.match(requirements[1]?.reason ?? '', /^Not reached: the run ended before/);
    assert.deepEqual(runFaults, ['the evidence was not signed: no key']);
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
    run.expect([{ id: 'one that Cucumber makes no test case of', tags: [], steps: [] } as unknown as Pickle]);
    assert.equal(run.requirementOf('started-BDS-999'), undefined);
  });
});

test('requirements stand in the order of their ids, wherever they are, and one that was planned and not reached is undetermined', () => {
  const [second] = [...envelopes({ id: 'BDS-102' })].flatMap(({ pickle }) => (pickle ? [{ ...pickle, uri: 'features/0.feature' }] : []));
  const messages = [...envelopes({ results: ['PASSED'], found: found('met') })];
  const { requirements } = verdictOf(messages, { waivers: [], day }, [second ?? assert.fail()]);
  assert.deepEqual(
    requirements.map(({ id, outcome, title }) => [id, outcome, title]),
    [
      ['BDS-101', 'met', 'title of BDS-101'],
      ['BDS-102', 'undetermined', 'title of BDS-102'],
    ],
  );
  const run = new RunRecord({ waivers: [], day });
  run.expect([second ?? assert.fail()]);
  assert.deepEqual(run.planned, ['BDS-102']);
});

test('in whatever order the scenarios ran, the verdict is the same', () => {
  const outcome = fc.constantFrom<Outcome>('met', 'not-met', 'undetermined', 'blocked', 'not-applicable');
  const ends: Readonly<Record<string, Result>> = { met: 'PASSED', 'not-met': assertion(), undetermined: error() };
  const scenario = (id: string) =>
    fc
      .record({
        said: fc.array(outcome, { minLength: 1, maxLength: 3 }),
        finished: fc.boolean(),
        end: fc.option(fc.constant(error('hook')), { freq: 9 }),
      })
      .map(
        ({ said, finished, end }): Scenario => ({
          ...{ id, finished, found: each(...said.map((one, at) => judged(`kvm0${at}`, one))) },
          results: [ends[worst(said)] ?? 'SKIPPED', ...(end ? [end] : [])],
        }),
      );
  const ids = ['BDS-101', 'BDS-102', 'BDS-204', 'BDS-601', 'ORG-001'];
  fc.assert(
    fc.property(
      fc.tuple(...ids.map(scenario)),
      fc.shuffledSubarray(ids, { minLength: ids.length }),
      fc.boolean(),
      (scenarios, order, isWaived) => {
        const settings = {
          day,
          waivers: isWaived ? [waiver({ requirement: 'BDS-102' }), waiver({ requirement: 'BDS-204', subject: 'kvm01' })] : [],
        };
        const told = (some: readonly Scenario[]) =>
          verdictOf(
            some.flatMap((one) => [...envelopes(one)]),
            settings,
          );
        assert.equal(told(scenarios).requirements.length, ids.length);
        assert.deepEqual(told(order.map((id) => scenarios.find((one) => one.id === id) as Scenario)), told(scenarios));
      },
    ),
  );
});
