import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { catalogue } from '../../docs/catalogue.ts';
import { toDocument } from '../../support/report/document.ts';
import { explain } from '../../support/report/explain.ts';
import { controls, readRelation } from '../../support/verdict/controls.ts';
import { relationLines, statements } from '../../support/verdict/requirements.ts';
import type { Requirement } from '../../support/verdict/verdict.ts';

test('docs/catalogue.md is what the features say: npm run catalogue', () => {
  const text = readFileSync(new URL('../../docs/catalogue.md', import.meta.url), 'utf8');
  assert.equal(text, catalogue());
  for (const { id, title } of statements()) assert.equal(text.split(`| ${id} ${title} |`).length, 2, id);
  for (const { framework, name, title } of controls) assert.ok(text.includes(`### ${framework}, ${name}: ${title}\n`), name);
});

test('a tag is read as it is written, another is none of ours, and one that is nearly right is refused', () => {
  for (const control of controls) {
    assert.deepEqual(readRelation(`@supports:${control.tag}`), { relation: 'supports', control });
    assert.deepEqual(readRelation(`@evidences:${control.tag}`), { relation: 'evidences', control });
  }
  for (const tag of ['@audit', '@BDS-101', '@severity:blocker', '']) assert.equal(readRelation(tag), undefined);
  for (const tag of [
    '@supports:NIST-800-53:CP-99',
    '@supports:NIST-800-53:CP-9 ',
    '@supports:',
    '@supportsCIS-v8:11.2',
    '@evidence:CIS-v8:11.2',
    '@EVIDENCES:CIS-v8:11.2',
  ])
    assert.throws(() => readRelation(tag), {
      message: /unknown control\. Expected @supports: or @evidences: and one of NIST-800-53:CP-9, /,
    });
});

// Which requirement is evidence of what is a claim to auditors: it must not change by the way.
test('evidence is what a gate did: it looked into the files of a backup, and restored it', () => {
  const evidenced = statements().flatMap(({ id, profile, relations }) =>
    relations.filter(({ relation }) => relation === 'evidences').map(({ control }) => `${id} ${profile} ${control.tag}`),
  );
  assert.deepEqual(evidenced, [
    'BDS-503 gate NIST-800-53:CP-9(1)',
    'BDS-601 gate NIST-800-53:CP-9(1)',
    'BDS-601 gate ISO-27001:A.8.13',
    'BDS-601 gate CIS-v8:11.5',
    'BDS-601 gate SOC-2:A1.3',
  ]);
  const supported = new Set(statements().flatMap(({ relations }) => relations.map(({ control }) => control)));
  assert.deepEqual(
    [...controls].filter((control) => !supported.has(control)),
    [],
    'no control is listed that no requirement serves',
  );
});

const [ofLogin, ofRestore] = ['BDS-105', 'BDS-601'].map((wanted) => statements().find(({ id }) => id === wanted) ?? assert.fail());

const restored: Requirement = { id: 'BDS-601', title: 'x', severity: 'blocker', feature: '', outcome: 'met', reason: '' };

const paper = (requirement: Requirement) =>
  toDocument('t', {}, { verdict: 'compliant', exitCode: 0, requirements: [requirement], runFaults: [] }, statements());

test('the controls of a requirement stand in a line, by framework, and in explain and on paper', () => {
  assert.deepEqual(relationLines(ofLogin ?? assert.fail()), [
    'Supports: NIST SP 800-53 rev. 5 CP-9; ISO/IEC 27001:2022 A.8.13; CIS Controls v8 11.2, 11.3; SOC 2 A1.2.',
  ]);
  const lines = relationLines(ofRestore ?? assert.fail());
  assert.deepEqual(lines, [
    'Evidences, where met: NIST SP 800-53 rev. 5 CP-9(1); ISO/IEC 27001:2022 A.8.13; CIS Controls v8 11.5; SOC 2 A1.3.',
    'Supports: NIST SP 800-53 rev. 5 CP-9(2), CP-10; SOC 2 A1.2.',
  ]);
  assert.deepEqual(relationLines({ relations: [] }), []);
  assert.ok(explain('BDS-601').includes(`\n\n${lines.join('\n')}\n\nStated in `));
  const onPaper = paper(restored);
  for (const line of lines) assert.ok(onPaper.includes(`<p class="why">${line}</p>`), line);
});

test('the paper names the machines that a requirement is met on, the first twenty of many', () => {
  const machines = ['<b>', ...Array.from({ length: 20 }, (_, at) => `kvm${at}`)].map((name) => ({
    name,
    outcome: 'met' as const,
    reason: '',
  }));
  const metOn = (all: typeof machines) => paper({ ...restored, machines: all });
  assert.match(metOn(machines.slice(0, 2)), /<p class="why">Met on &lt;b&gt;, kvm0\.<\/p>/);
  assert.match(metOn(machines), /<p class="why">Met on &lt;b&gt;, kvm0, .*, kvm18 and 1 more, which verdict\.json names\.<\/p>/);
  assert.doesNotMatch(metOn([]), /Met on/);
});
