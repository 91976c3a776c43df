import assert from 'node:assert/strict';
import { test } from 'node:test';
import { comesFirst, expecting, INTERRUPTED } from '../../support/outcome/judgement.ts';
import { toSummary } from '../../support/report/summary.ts';
import type { Requirement, VerdictFile } from '../../support/verdict/schema.ts';
import fc from '../fuzz.ts';
import { ofEach, requirement, subject, verdictFile } from '../told.ts';

const lines = (file: VerdictFile) => toSummary(file).trimEnd().split('\n');
const holds = (file: VerdictFile, ...wanted: readonly string[]) => {
  const all = lines(file);
  for (const line of wanted) assert.ok(all.includes(line), `${line} in\n${all.join('\n')}`);
};
const { reason } = expecting('kvm01 → backup01', 'a login').notMet({ found: '“Permission denied”' });
const unmet = (id: string, more: Partial<Requirement> = {}) =>
  requirement('not-met', { id, reason, fix: 'Add the key.', recheck: `backup-compliance audit --only ${id}`, ...more });

test('verdict, counts, each finding in its four parts, and what could not be checked because of it', () => {
  const file = verdictFile(
    [
      unmet('BDS-101'),
      requirement('met', { id: 'BDS-103' }),
      requirement('blocked', { id: 'BDS-201', reason: 'Not checked: BDS-101 is not met.' }),
    ],
    {
      validUntil: '2026-11-24T09:10:07.250Z',
    },
  );
  holds(
    file,
    '# NOT COMPLIANT: 1 finding',
    'audit of production, front-end frontend01.example.net, OpenNebula 7.4.0. Ended 2026-11-23 09:10 UTC, valid until 2026-11-24 09:10 UTC. Run 2026-11-23T09-10-00Z-1f3a, exit code 1.',
    '| met | not met | undetermined | blocked | not applicable | waived |',
    '| 1 | 1 | 0 | 1 | 0 | 0 |',
    '### BDS-101 not met (blocker): A title',
    '- Found: kvm01 → backup01: “Permission denied”.',
    '- Expected: a login.',
    '- Fix: Add the key.',
    '- Recheck: `backup-compliance audit --only BDS-101`',
    '- Not checked because of it: 1 requirement',
  );
});

test('waivers, faults of the run, what is unused, what does not count, and what an interruption cut off', () => {
  const cut = requirement('undetermined', { id: 'BDS-104', reason: `frontend01: expected an answer, found “${INTERRUPTED}”.` });
  const all = [...ofEach().map((each) => ({ ...each, id: each.id.replace('10', '20') })), cut, unmet('BDS-301', { severity: 'minor' })];
  holds(
    verdictFile(all, { failOn: 'normal', runFaults: ['it broke'], waiverNotes: ['The waiver of BDS-107 covers nothing.'] }),
    'Findings below normal do not count (--fail-on): 1 not met.',
    '### BDS-301 not met (minor, does not count): A title',
    '- it broke',
    '- 1 requirement, since the run was interrupted',
    '- BDS-205 until 2026-12-31, owner Jane Doe: A title',
    '- The waiver of BDS-107 covers nothing.',
  );
});

test('a cause stands before what it causes, which names it', () => {
  const caused = unmet('BDS-102', { fix: comesFirst('BDS-103', 'Start it.') });
  const text = toSummary(verdictFile([caused, unmet('BDS-103')]));
  assert.ok(text.indexOf('BDS-103 not met') < text.indexOf('BDS-102 not met'), text);
  assert.match(text, /### BDS-102 .*\n\n- Because of BDS-103\n/);
});

test('production, and whom nobody declared', () => {
  const scope = {
    declared: true,
    vms: 3,
    undeclared: 1,
    undeclaredNames: ['web-2 (7)'],
    unused: ['protect.vms label *Tin* matches no VM.'],
  };
  holds(
    verdictFile([requirement('met')], { scope }),
    '## Production',
    '- 3 VMs. Not declared: 1 VM: web-2 (7).',
    '- Unused selector: protect.vms label \\*Tin\\* matches no VM.',
  );
});

test('compliant is a heading and the counts', () => {
  assert.deepEqual(lines(verdictFile()).length, 7);
});

test('it never has more than 60 lines, and says how many findings it leaves out', () => {
  const waiver = { owner: 'Jo', reason: 'x', expires: '2026-12-31', expired: false };
  for (const many of [5, 6, 7, 8, 9, 40, 400]) {
    const found = Array.from({ length: many }, (_, at) =>
      unmet(`BDS-${100 + at}`, {
        subjects: ['a', 'b', 'c', 'd', 'e'].map((name) => subject(name, 'not-met', { reason: `${name}: ${name.repeat(9)}` })),
      }),
    );
    const waived = found.map(({ id }) => requirement('waived', { id, waiver }));
    const faults = found.map(({ id }) => id);
    for (const file of [verdictFile(found), verdictFile([...found, ...waived], { runFaults: faults, waiverNotes: faults })]) {
      const all = lines(file);
      assert.ok(all.length <= 60, `${all.length} lines of ${many} findings`);
      const told = all.filter((line) => line.startsWith('### ')).length;
      const more = Number(/^… and (\d+) finding/m.exec(all.join('\n'))?.[1] ?? 0);
      assert.equal(told + more, many);
      assert.ok(told > 0);
    }
  }
});

test('what a machine printed makes no markup, no line of its own, and no row of the table', () => {
  const odd = '`x` **b** <img src=x> [a](http://x) | # !\n# NOT\u001b[2J';
  const file = verdictFile([unmet('BDS-101', { title: odd, reason: odd, fix: odd, recheck: `audit --only "BDS-101@vm a\`\`b"` })], {
    cloud: { name: odd, frontend: odd, openNebula: odd },
    runFaults: [odd],
  });
  const text = toSummary(file);
  assert.doesNotMatch(text, /^# NOT\b(?! COMPLIANT)/m);
  assert.doesNotMatch(text, /(?<!\\)<img|(?<!\\)\*\*|(?<!\\)\[a/);
  assert.ok(!text.includes('\u001b'));
  assert.ok(text.includes('- Recheck: ``` audit --only "BDS-101@vm a``b" ```'), text);
  fc.assert(
    fc.property(fc.string(), (said) => {
      const { length } = lines(verdictFile([unmet('BDS-101', { reason: said, title: said, fix: said })]));
      assert.ok(length === 14 || length === 15);
    }),
  );
});

test('a long answer is cut', () => {
  const text = toSummary(verdictFile([unmet('BDS-101', { reason: 'x'.repeat(10_000) })]));
  assert.ok(text.length < 2000);
});
