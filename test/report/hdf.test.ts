import assert from 'node:assert/strict';
import { test } from 'node:test';
import { contextualizeEvaluation, convertFile } from 'inspecjs';
import { OUTCOMES, type Outcome, SEVERITIES } from '../../support/outcome/outcome.ts';
import { toHdf } from '../../support/report/hdf.ts';
import { statements } from '../../support/verdict/requirements.ts';
import type { VerdictFile } from '../../support/verdict/schema.ts';
import fc from '../fuzz.ts';
import { requirement, subject, verdictFile } from '../told.ts';

/** As Heimdall reads it. */
function read(file: VerdictFile) {
  const { '1_0_ExecJson': evaluation } = convertFile(toHdf(file, statements()));
  assert.ok(evaluation, 'it is of the schema');
  const [profile, ...others] = contextualizeEvaluation(evaluation).contains;
  assert.ok(profile && others.length === 0);
  return { evaluation, controls: profile.contains.map(({ hdf }) => hdf), result: evaluation.profiles[0]?.controls[0]?.results[0] };
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
    const [control] = read(verdictFile([requirement(outcome)])).controls;
    assert.equal(control?.status, status);
    assert.match(control.message ?? '', says);
    assert.equal(control.waived, outcome === 'waived');
    assert.equal(control.wraps.id, 'BDS-101');
    assert.equal(control.wraps.title, 'A title');
    assert.equal(control.severity, 'critical');
  });
}

test('a requirement of several subjects has one result, its own, and tells of each, with what to do', () => {
  const subjects = [
    subject('kvm01', 'undetermined', { reason: 'no answer within 10 s' }),
    subject('kvm02', 'not-met', { reason: 'refused', fix: 'Start sshd.' }),
    subject('kvm03', 'met'),
  ];
  const [control] = read(verdictFile([requirement('not-met', { subjects })])).controls;
  assert.equal(control?.status, 'Failed');
  assert.match(control.message ?? '', /kvm01: undetermined\. no answer within 10 s\nkvm02: not met\. refused Start sshd\.\nkvm03: met\./);
});

test('what was measured is told, also of what is met', () => {
  const kvm01 = subject('kvm01', 'met', { measured: '61 % free (limit 10 %)' });
  const { controls, result } = read(verdictFile([requirement('met', { measured: 'rsync 3.2.7 (needs 3.1.0)', subjects: [kvm01] })]));
  assert.match(controls[0]?.message ?? '', /^PASSED -- A title; rsync 3\.2\.7 \(needs 3\.1\.0\)\n/);
  assert.equal(result?.message, 'kvm01: met. 61 % free (limit 10 %)');
});

test('a control says why it matters, how it is checked and how to fix it, in the words of the feature and of docs/requirements.md', () => {
  for (const { id, why, steps } of statements()) {
    const [control] = read(verdictFile({ [id]: 'met' })).controls;
    assert.equal(control?.wraps.desc, why);
    const { check = '', fix = '' } = control?.descriptions ?? {};
    assert.ok(check.startsWith(`${steps.join('\n')}\n\n`), `${id}: the steps`);
    assert.match(check, /\n\nPasses when: \S/, id);
    assert.match(fix, /^\S/, id);
    assert.doesNotMatch(check + fix, /\*\*|Remediation/, `${id}: no section runs into the next`);
  }
  const [own] = read(verdictFile([requirement('not-met', { id: 'ORG-001', fix: 'Set HostKey.' })])).controls;
  assert.deepEqual([own?.wraps.desc, own?.descriptions], ['A title', { fix: 'Set HostKey.' }]);
  const [none] = read(verdictFile({ 'BDS-107': 'not-applicable' })).controls;
  assert.match(none?.message ?? '', /^the reason of not-applicable\n\nBRIDGE_LIST /);
});

test('how long it took', () => {
  assert.equal(read(verdictFile([requirement('met', { seconds: 1.5 })])).result?.run_time, 1.5);
});

test('severities are the nearest of InSpec', () => {
  const { controls } = read(verdictFile(SEVERITIES.map((severity) => requirement('not-met', { severity }))));
  assert.deepEqual(
    controls.map(({ severity }) => severity),
    ['critical', 'high', 'medium', 'low'],
  );
});

test('a requirement has the controls of NIST that it evidences, and none that it only supports', () => {
  const { controls } = read(verdictFile({ 'BDS-101': 'met', 'BDS-601': 'met' }));
  assert.deepEqual(
    controls.map(({ wraps }) => wraps.tags.nist),
    [[], ['CP-9(1)']],
  );
  assert.deepEqual(
    controls[1]?.parsedNistTags.map((tag) => tag.rawText),
    ['CP-9(1)'],
  );
});

test('a waiver says who answers for it, why, and until when', () => {
  const waiver = { owner: 'ops@example.net', reason: 'new volume ordered', expires: '2026-12-31', expired: false };
  const [control] = JSON.parse(toHdf(verdictFile([requirement('waived', { waiver })]), [])).profiles[0].controls;
  assert.deepEqual(control.waiver_data, {
    ...{ skipped_due_to_waiver: true, run: true, message: 'the reason of waived' },
    ...{ justification: 'new volume ordered (ops@example.net)', expiration_date: '2026-12-31' },
  });
});

test('a fault of the run is a control of its own', () => {
  const { controls } = read(verdictFile([requirement('met')], { runFaults: ['it broke', 'twice'] }));
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
  const { evaluation } = read(verdictFile({}, { cloud: { name: 'production', frontend: 'f', openNebula: null } }));
  assert.deepEqual(evaluation.platform, { name: 'opennebula', release: 'unknown', target_id: 'production' });
  assert.equal(evaluation.statistics.duration, 7.25);
  assert.deepEqual(read(verdictFile([])).controls, []);
  const text = fc.string({ unit: 'binary' });
  fc.assert(
    fc.property(text, text, fc.constantFrom(...OUTCOMES), (title, reason, outcome) => {
      const [control] = read(verdictFile([requirement(outcome, { title, reason })], { runFaults: [reason] })).controls;
      assert.equal(control?.status, rows[outcome][0]);
      assert.equal(control.wraps.title, title);
    }),
  );
});
