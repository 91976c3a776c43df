import assert from 'node:assert/strict';
import { test } from 'node:test';
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import type { Outcome } from '../../support/outcome/outcome.ts';
import { toJUnit } from '../../support/report/junit.ts';
import type { VerdictFile } from '../../support/verdict/schema.ts';
import fc from '../fuzz.ts';
import { ofEach, requirement, subject, verdictFile } from '../told.ts';

const parser = new XMLParser({
  ...{ ignoreAttributes: false, attributeNamePrefix: '', parseAttributeValue: false, htmlEntities: true },
  isArray: (name) => ['testsuite', 'testcase'].includes(name),
});
interface Case {
  readonly name: string;
  readonly time?: string;
  readonly failure?: { readonly type: string; readonly message: string };
}
interface Suite {
  readonly name: string;
  readonly testcase: readonly Case[];
}
const titles = [{ feature: 'features/1.feature', group: 'The first feature' }];
function read(file: VerdictFile): Suite[] {
  const text = toJUnit(file, titles);
  assert.equal(XMLValidator.validate(text), true);
  return parser.parse(text, true).testsuites.testsuite ?? [];
}
const cases = (file: VerdictFile) => read(file).flatMap(({ testcase }) => testcase);

const rows: Readonly<Record<Outcome, object>> = {
  met: {},
  'not-met': { failure: { type: 'not-met', message: 'the reason of not-met Mend it.' } },
  undetermined: { failure: { type: 'undetermined', message: 'the reason of undetermined Mend it.' } },
  blocked: { skipped: { message: 'blocked: the reason of blocked Mend it.' } },
  'not-applicable': { skipped: { message: 'not-applicable: the reason of not-applicable Mend it.' } },
  waived: { skipped: { message: 'waived: the reason of waived Mend it.' } },
};
for (const [outcome, expected] of Object.entries(rows) as [Outcome, object][])
  test(`${outcome} in JUnit's language, with what to do`, () =>
    assert.deepEqual(cases(verdictFile([requirement(outcome, { fix: 'Mend it.' })])), [
      { classname: 'BDS-101', name: 'BDS-101 A title', file: 'features/1.feature:7', ...expected },
    ]));

test('what to do for several subjects is told once, and only of those that decide', () => {
  const subjects = ['Add the key.', 'Start the agent.', 'Add the key.'].map((fix, at) => subject(`kvm0${at}`, 'not-met', { fix }));
  const blocked = subject('kvm09', 'blocked', { fix: 'Another.' });
  const [first] = cases(verdictFile([requirement('not-met', { reason: '3 of 4: …', subjects: [...subjects, blocked] })]));
  assert.equal(first?.failure?.message, '3 of 4: … Add the key. Start the agent.');
  const each = [...subjects.slice(0, 2), subject('kvm02', 'met')];
  const own = subjects.slice(0, 2).map(({ reason }) => reason);
  const [third] = cases(verdictFile([requirement('not-met', { reason: `2 of 3: ${own.join(' | ')}`, subjects: each })]));
  assert.equal(third?.failure?.message, `2 of 3: ${own[0]} Add the key. | ${own[1]} Start the agent.`, 'beside its own reason');
  const many = Array.from({ length: 30 }, (_, at) => subject(`kvm${at}`, 'not-met', { fix: `Mend kvm${at}.` }));
  const [second] = cases(verdictFile([requirement('not-met', { subjects: many })]));
  assert.match(second?.failure?.message ?? '', /Mend kvm7\.$/);
});

test('one suite a feature, by its title, counted and timed', () => {
  const timed = ofEach().map((each, at) => (at === 0 ? each : { ...each, seconds: 1.5 }));
  const suites = read(verdictFile([...timed, requirement('met', { feature: 'features/2.feature:9', seconds: 0.25 })]));
  const timestamp = '2026-11-23T09:10:00';
  assert.deepEqual(
    suites.map(({ testcase: _cases, ...suite }) => suite),
    [
      { name: 'The first feature', tests: '6', failures: '2', errors: '0', skipped: '3', time: '7.500', timestamp },
      { name: 'features/2.feature', tests: '1', failures: '0', errors: '0', skipped: '0', time: '0.250', timestamp },
    ],
  );
  assert.deepEqual(
    suites.flatMap(({ testcase }) => testcase.map(({ time }) => time)),
    [undefined, '1.500', '1.500', '1.500', '1.500', '1.500', '0.250'],
    'one that did not end has no time',
  );
  assert.match(toJUnit(verdictFile(), titles), /^<testsuites name="production audit" time="7\.250" timestamp="2026-11-23T09:10:00">$/m);
});

test('a fault of the run is a failure of its own; nothing evaluated is still well-formed', () => {
  const [first, fault] = cases(verdictFile([requirement('met')], { runFaults: ['it broke', 'twice'] }));
  assert.equal(first?.failure, undefined);
  assert.deepEqual(fault?.failure, { type: 'undetermined', message: 'it broke; twice' });
  assert.deepEqual(read(verdictFile([])), []);
});

test('hostile text comes back as it was, or, where XML cannot carry it, as a replacement', () => {
  const hostile = `<a href="x" b='y'>&amp; ]]> <!-- é 日本 \u{1f512}`;
  const [first] = cases(verdictFile([requirement('not-met', { title: hostile, reason: hostile })]));
  assert.deepEqual([first?.name, first?.failure?.message], [`BDS-101 ${hostile}`, hostile]);
  const forbidden = toJUnit(verdictFile([requirement('not-met', { reason: 'a\u0000b\u001b[31mc\uffffd\u0008' })]), titles);
  assert.match(forbidden, /message="a\ufffdb\ufffd\[31mc\ufffdd\ufffd"/);
  const text = fc.string({ unit: 'binary' });
  fc.assert(
    fc.property(text, text, text, (title, reason, name) => {
      const cloud = { name, frontend: name, openNebula: null };
      const all = [requirement('not-met', { title, reason }), requirement('blocked', { reason })];
      const xml = toJUnit(verdictFile(all, { cloud, runFaults: [reason || 'x'] }), titles);
      assert.equal(XMLValidator.validate(xml), true);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
      assert.doesNotMatch(xml, /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/);
    }),
  );
});
