import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { catalogue, schemas } from '../../docs/catalogue.ts';
import { backupServerPrograms, frontendPrograms, hostPrograms } from '../../support/facts/programs.ts';
import { UsageError } from '../../support/outcome/errors.ts';
import { explain, listing } from '../../support/report/explain.ts';
import { controls, readRelation } from '../../support/verdict/controls.ts';
import { relationLines, statements } from '../../support/verdict/requirements.ts';

/** No line is broken. */
const WIDE = Number.POSITIVE_INFINITY;
const docs = (name: string) => readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8');

test('docs/catalogue.md is what the features say: npm run catalogue', () => {
  const text = docs('catalogue.md');
  assert.equal(text, catalogue());
  for (const { id, title } of statements()) assert.equal(text.split(`| ${id} ${title} |`).length, 2, id);
  for (const { framework, name, title } of controls) assert.ok(text.includes(`### ${framework}, ${name}: ${title}\n`), name);
});

test('the JSON Schemas are those of what is written and read: npm run catalogue', () => {
  for (const [name, text] of Object.entries(schemas())) assert.equal(docs(name), text, name);
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

test('docs/requirements.md has a section for each requirement, under its title', () => {
  assert.deepEqual(
    docs('requirements.md')
      .match(/^## BDS-.*/gm)
      ?.toSorted(),
    statements()
      .map(({ id, title }) => `## ${id} ${title}`)
      .toSorted(),
  );
});

// Which requirement is evidence of what is a claim to auditors: it must not change by the way.
test('evidence is what a gate did, which looked into the files of a backup, and restored it; and the records of backups', () => {
  const evidenced = statements().flatMap(({ id, profile, relations }) =>
    relations.filter(({ relation }) => relation === 'evidences').map(({ control }) => `${id} ${profile} ${control.tag}`),
  );
  assert.deepEqual(evidenced, [
    'BDS-503 gate NIST-800-53:CP-9(1)',
    'BDS-601 gate NIST-800-53:CP-9(1)',
    'BDS-601 gate ISO-27001:A.8.13',
    'BDS-601 gate CIS-v8:11.5',
    'BDS-601 gate SOC-2:A1.3',
    'BDS-604 gate NIST-800-53:CP-9(1)',
    'BDS-604 gate NIST-800-53:CP-9(2)',
    'BDS-604 gate NIST-800-53:CP-10',
    'BDS-604 gate CIS-v8:11.5',
    'BDS-604 gate SOC-2:A1.3',
    'BDS-605 gate NIST-800-53:CP-9(1)',
    'BDS-605 gate NIST-800-53:CP-9(2)',
    'BDS-605 gate NIST-800-53:CP-10',
    'BDS-605 gate CIS-v8:11.5',
    'BDS-605 gate SOC-2:A1.3',
    'BDS-701 audit NIST-800-53:CP-9',
    'BDS-701 audit ISO-27001:A.8.13',
    'BDS-701 audit CIS-v8:11.2',
    'BDS-703 audit NIST-800-53:CP-9',
    'BDS-703 audit ISO-27001:A.8.13',
    'BDS-703 audit CIS-v8:11.2',
  ]);
  const supported = new Set(statements().flatMap(({ relations }) => relations.map(({ control }) => control)));
  assert.deepEqual(
    [...controls].filter((control) => !supported.has(control)),
    [],
    'no control is listed that no requirement serves',
  );
});

const named = (id: string) => statements().find((statement) => statement.id === id) ?? assert.fail();

test('the controls of a requirement stand in a line, by framework, and in explain', () => {
  assert.deepEqual(relationLines(named('BDS-105')), [
    'Supports: NIST SP 800-53 rev. 5 CP-9; ISO/IEC 27001:2022 A.8.13; CIS Controls v8 11.2, 11.3; SOC 2 A1.2.',
  ]);
  const lines = relationLines(named('BDS-601'));
  assert.deepEqual(lines, [
    'Evidences, where met: NIST SP 800-53 rev. 5 CP-9(1); ISO/IEC 27001:2022 A.8.13; CIS Controls v8 11.5; SOC 2 A1.3.',
    'Supports: NIST SP 800-53 rev. 5 CP-9(2), CP-10; SOC 2 A1.2.',
  ]);
  assert.deepEqual(relationLines({ relations: [] }), []);
  assert.ok(explain('BDS-601', WIDE).includes(`\n\n${lines.join('\n')}\n\nChecked by gate. Stated in `));
});

test('every requirement is explained: what it asks, why, and what to do; in capitals or not', () => {
  for (const { id, title, why } of statements()) {
    const said = explain(id, WIDE);
    assert.ok(said.startsWith(`${id}  ${title}\n\n${why.replaceAll('\n', ' ')}`), said);
    assert.match(said, /\n\nChecked by (audit|setup|gate)\. Stated in features\/.*\.feature\.\n$/);
    assert.equal(explain(id.toLowerCase(), WIDE), said);
  }
});

test('steps stand in lines of their own, and no mark of Markdown is left', () => {
  const said = explain('BDS-604', 100);
  assert.match(said, /\n1\. onetemplate [^\n]*\n {3}\S.*\n2\. A backup .*\n3\. The canary, /s);
  for (const { id } of statements()) assert.doesNotMatch(explain(id, WIDE), /\*\*|(?<![\w/*])\*[A-Za-z][^*\n]*[a-z]\*(?!\w)/, id);
});

test('BDS-304 names every program that is looked for, machine by machine', () => {
  for (const [where, programs] of [
    ['on the front-end', frontendPrograms],
    ['on each hypervisor host', hostPrograms],
    ['on the backup server', backupServerPrograms],
  ] as const)
    assert.ok(explain('BDS-304', WIDE).includes(`\n- ${where}: ${programs.map(({ name }) => name).join(', ')}\n`), where);
});

test('all of them are listed under the titles of their features', () => {
  const lines = listing().split('\n');
  for (const { id, title, group } of statements()) {
    const at = lines.indexOf(`  ${id}  ${title}`);
    const heading = lines.slice(0, at).findLast((line) => line !== '' && !line.startsWith(' '));
    assert.equal(heading, group, id);
  }
});

test('it is plain text within the width of the terminal, lists and commands set off', () => {
  for (const { id } of statements()) {
    const said = explain(id, 80);
    assert.doesNotMatch(said, /\*\*|`|\]\(/, id);
    // A word that is longer than a line stays whole, so that it can be copied.
    for (const line of said.split('\n')) assert.ok(line.length <= 80 || !line.slice(2).includes(' '), `${id}: ${line}`);
  }
  assert.match(explain('BDS-102', 80), /\n- A plain login gets in and rsync does not: .*\n {2}\S/);
  assert.match(explain('BDS-401', 80), /\n {2}NAME = "rsync Backups"\n {2}TYPE = "BACKUP_DS"\n/);
});

test('one that is not there is refused with the id that comes near it, else with all of them in order', () => {
  const refusal = (id: string) => {
    try {
      return explain(id, WIDE);
    } catch (error) {
      assert.ok(error instanceof UsageError);
      return error.message;
    }
  };
  assert.match(refusal('BDS-1O2'), /^BDS-1O2: unknown requirement\. Did you mean “BDS-1\d2”\?/);
  assert.match(refusal('101'), /^101: unknown requirement\. Did you mean “BDS-101”\?\nList all: backup-compliance explain$/);
  assert.match(refusal('BDS-10'), /^BDS-10: unknown requirement\. Did you mean “BDS-10\d”\?\nList/);
  for (const id of ['BDS-999', '']) {
    const [, known = ''] = /^\S*: unknown requirement\. Known: (.*)\nList all: backup-compliance explain$/.exec(refusal(id)) ?? [];
    assert.deepEqual(
      known.split(', '),
      statements()
        .map((each) => each.id)
        .toSorted(),
    );
  }
});
