/** A verdict in Heimdall's language. JUnit's is in verdict.test.ts. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { contextualizeEvaluation, convertFile } from 'inspecjs';
import type { Outcome, Severity } from '../../support/outcome.ts';
import type { VerdictFile } from '../../support/report/files.ts';
import { toHdf } from '../../support/report/hdf.ts';
import fc from './fuzz.ts';
import { requirement, verdictFile, whole } from './made.ts';

const outcomes: readonly Outcome[] = ['met', 'not-met', 'undetermined', 'blocked', 'not-applicable', 'waived'];
describe('hdf.json', () => {
  /** As Heimdall reads it. */
  function read(file: VerdictFile) {
    const { '1_0_ExecJson': evaluation } = convertFile(toHdf(file));
    assert.ok(evaluation, 'it is of the schema');
    const [profile, ...others] = contextualizeEvaluation(evaluation).contains;
    assert.ok(profile && others.length === 0);
    return { evaluation, controls: profile.contains.map(({ hdf }) => hdf) };
  }

  const rows: Readonly<Record<Outcome, readonly [status: string, says: RegExp]>> = {
    met: ['Passed', /^PASSED -- A title/],
    'not-met': ['Failed', /the reason of not-met/],
    undetermined: ['Profile Error', /the reason of undetermined/],
    blocked: ['Not Reviewed', /^SKIPPED -- blocked: the reason of blocked/],
    'not-applicable': ['Not Applicable', /the reason of not-applicable/],
    waived: ['Not Applicable', /^SKIPPED -- waived: the reason of waived/],
  };
  for (const [outcome, [status, says]] of Object.entries(rows) as [Outcome, (typeof rows)[Outcome]][]) {
    test(`${outcome} is ${status} to Heimdall`, () => {
      const [control] = read(verdictFile(whole([requirement(outcome)]))).controls;
      assert.equal(control?.status, status);
      assert.match(control.message ?? '', says);
      assert.equal(control.waived, outcome === 'waived');
      assert.equal(control.wraps.id, 'BDS-101');
      assert.equal(control.wraps.title, 'A title');
      assert.equal(control.severity, 'critical');
    });
  }

  test('a requirement of several machines has one result, its own, and tells of each', () => {
    const machines = [
      { name: 'kvm01', outcome: 'undetermined', reason: 'no answer within 10 s' },
      { name: 'kvm02', outcome: 'not-met', reason: 'refused' },
      { name: 'kvm03', outcome: 'met', reason: '' },
    ] as const;
    const [control] = read(verdictFile(whole([requirement('not-met', { machines })]))).controls;
    assert.equal(control?.status, 'Failed');
    assert.match(control.message ?? '', /kvm01: undetermined\. no answer within 10 s\nkvm02: not met\. refused\nkvm03: met\./);
  });

  test('severities are the nearest of InSpec', () => {
    const severities: readonly Severity[] = ['blocker', 'critical', 'normal', 'minor'];
    const { controls } = read(verdictFile(whole(severities.map((severity) => requirement('not-met', { severity })))));
    assert.deepEqual(
      controls.map(({ severity }) => severity),
      ['critical', 'high', 'medium', 'low'],
    );
  });

  test('a waiver says who answers for it, why, and until when', () => {
    const waiver = { owner: 'ops@example.net', reason: 'new volume ordered', expires: '2026-12-31', expired: false };
    const waived = { ...requirement('waived'), waiver };
    const [control] = JSON.parse(toHdf(verdictFile(whole([waived])))).profiles[0].controls;
    assert.deepEqual(control.waiver_data, {
      ...{ skipped_due_to_waiver: true, run: false },
      ...{ justification: 'new volume ordered (ops@example.net)', expiration_date: '2026-12-31' },
    });
  });

  test('a fault of the run is a control of its own', () => {
    const { controls } = read(verdictFile(whole([requirement('met')], ['it broke', 'twice'])));
    assert.deepEqual(
      controls.map(({ wraps, status }) => [wraps.id, status]),
      [
        ['BDS-101', 'Passed'],
        ['run', 'Profile Error'],
      ],
    );
    assert.match(controls[1]?.message ?? '', /it broke; twice/);
  });

  test('says what was looked at, and is readable whatever the texts', () => {
    const { evaluation } = read(
      verdictFile(whole([]), { cloud: { name: 'production', frontend: 'frontend01.example.net', openNebula: null } }),
    );
    assert.deepEqual(evaluation.platform, { name: 'opennebula', release: 'unknown', target_id: 'production' });
    assert.equal(evaluation.statistics.duration, 7.25);
    assert.deepEqual(read(verdictFile(whole([]))).controls, []);
    const text = fc.string({ unit: 'binary' });
    fc.assert(
      fc.property(text, text, fc.constantFrom(...outcomes), (title, reason, outcome) => {
        const [control] = read(verdictFile(whole([requirement(outcome, { title, reason })], [reason]))).controls;
        assert.equal(control?.status, rows[outcome][0]);
        assert.equal(control.wraps.title, title);
      }),
    );
  });
});
