import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expecting, partsOf } from '../../support/outcome/judgement.ts';
import { grouped, notTried } from '../../support/report/grouped.ts';
import type { JudgedSubject } from '../../support/verdict/schema.ts';
import { requirement, subject } from '../told.ts';

const host = (number: number) => `kvm${String(number).padStart(2, '0')}.example.net`;
const rekeyed = (name: string): JudgedSubject =>
  subject(name, 'not-met', {
    id: String(Number(name.slice(3, 5)) - 1),
    reason: `${name} → backup01: expected a login, found “Host key verification failed” on port 0.`,
    fix: `On ${name.replace(/\..*/, '')}: ssh-keygen -R backup01`,
    recheck: `backup-compliance audit --only BDS-102@${name}`,
  });
const hosts = (...numbers: readonly number[]) => numbers.map(host);
const among = (unmet: readonly string[], all: readonly string[]) =>
  requirement('not-met', {
    id: 'BDS-102',
    subjects: all.map((name) => (unmet.includes(name) ? rekeyed(name) : subject(name, 'met'))),
  });
const twelve = hosts(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12);

for (const [what, unmet, all, where] of [
  ['all of them', twelve, twelve, '12 of 12 hosts (kvm01 … kvm12)'],
  ['one', hosts(7), twelve, 'kvm07.example.net'],
  ['two', hosts(11, 2), twelve, '2 of 12 hosts (kvm02, kvm11)'],
  ['some that follow each other', hosts(2, 3, 4, 5), twelve, '4 of 12 hosts (kvm02 … kvm05)'],
  [
    'some between which others are not meant',
    hosts(1, 3, 5, 7, 9, 11),
    twelve,
    '6 of 12 hosts (kvm01, kvm03, kvm05, kvm07, kvm09, and 1 more)',
  ],
  ['all, in two domains', ['k.one', 'l.one', 'm.one', 'n.two'], ['k.one', 'l.one', 'm.one', 'n.two'], '4 of 4 hosts (k.one … n.two)'],
] as const)
  test(`the same finding on ${what} is told once`, () => {
    const [finding, ...others] = grouped(among(unmet, all));
    assert.equal(finding?.where, where);
    assert.equal(finding?.subjects.length, unmet.length);
    assert.deepEqual([finding?.outcome, finding?.alike], ['not-met', true]);
    assert.deepEqual(
      others.map(({ outcome }) => outcome),
      unmet.length === all.length ? [] : ['met'],
    );
    assert.match(finding?.recheck ?? '', unmet.length === 1 ? /BDS-102@kvm07/ : /--only BDS-102$/);
  });

test('of how many is told by their kind', () => {
  const [one, two] = [rekeyed(host(1)), rekeyed(host(2))];
  const subjects = [one, two, subject('frontend01', 'not-met', { kind: 'machine' })];
  assert.deepEqual(
    grouped(requirement('not-met', { subjects })).map(({ where }) => where),
    ['2 of 2 hosts (kvm01, kvm02)', 'frontend01'],
  );
});

test('what differs in figures alone is one finding, and says so; what differs in words, or in its waiver, is another', () => {
  const vm = (id: string, reason: string, more: Partial<JudgedSubject> = {}) =>
    subject(`web${id}`, 'not-met', { kind: 'vm', id, reason: `web${id} (${id}): ${reason}`, ...more });
  const of = (...subjects: JudgedSubject[]) =>
    grouped(requirement('not-met', { subjects, subjectsMet: 4997, subjectsNotApplicable: 1 })).map(({ where, alike }) => [where, alike]);
  assert.deepEqual(of(vm('7', 'its newest is 5 h old.'), vm('12', 'its newest is 6 h old.')), [['2 of 5000 VMs (web7, web12)', false]]);
  const waiver = { owner: 'Jo', reason: 'x', expires: '2026-12-31', expired: true };
  assert.deepEqual(of(vm('7', 'it has none.'), vm('12', 'it has none.', { waiver }), vm('13', 'it has one.')), [
    ['VM web7 (7)', true],
    ['VM web12 (12)', true],
    ['VM web13 (13)', true],
  ]);
});

test('numbers in hex are figures; exit codes are causes', () => {
  const failed = (id: string, what: string) => subject(`kvm${id}`, 'not-met', { reason: `kvm${id}: expected rsync, found ${what}.` });
  const of = (...subjects: JudgedSubject[]) => grouped(requirement('not-met', { subjects })).map(({ where }) => where);
  assert.deepEqual(of(failed('1', '5c44a8 is gone'), failed('2', 'a6d6adb is gone')), ['2 of 2 hosts (kvm1, kvm2)']);
  assert.deepEqual(of(failed('1', 'that it ended with exit 126'), failed('2', 'that it ended with exit 77')), ['kvm1', 'kvm2']);
});

test('what was found stands as a sentence of its own', () => {
  assert.deepEqual(partsOf('kvm01: expected rsync to run, found that it is missing.'), {
    found: 'kvm01: it is missing.',
    expected: 'rsync to run',
  });
});

test('what older runs have not tried is behind its cause, too', () => {
  const blocked = requirement('blocked', { id: 'BDS-201', reason: 'Not tried: BDS-101 is not met.' });
  assert.deepEqual(
    notTried([requirement('not-met'), blocked]).map(({ cause }) => cause),
    ['BDS-101'],
  );
});

test('what waits for different requirements is not one finding; dates are figures', () => {
  const behind = (id: string, cause: string) =>
    subject(`kvm${id}`, 'blocked', { reason: `Not checked: ${cause} is not met since 2026-11-2${id}.` });
  const of = (...subjects: JudgedSubject[]) => grouped(requirement('blocked', { subjects })).map(({ where }) => where);
  assert.deepEqual(of(behind('7', 'BDS-101'), behind('8', 'BDS-101')), ['2 of 2 hosts (kvm7, kvm8)']);
  assert.deepEqual(of(behind('7', 'BDS-101'), behind('8', 'BDS-103')), ['kvm7', 'kvm8']);
});

test('the most urgent comes first, then what most have; a requirement about one thing is one finding', () => {
  const [one, two, three] = [subject('c', 'blocked'), subject('a', 'undetermined'), subject('b', 'undetermined')];
  assert.deepEqual(
    grouped(requirement('undetermined', { subjects: [subject('d', 'met'), one, two, three] })).map(({ outcome, where }) => [
      outcome,
      where,
    ]),
    [
      ['undetermined', '2 of 4 hosts (a, b)'],
      ['blocked', 'c'],
      ['met', 'd'],
    ],
  );
  const own = requirement('not-met', { fix: 'Mend it.', recheck: 'again' });
  const [finding, ...others] = grouped(own);
  assert.deepEqual([finding?.where, finding?.fix, finding?.recheck, others.length], ['', 'Mend it.', 'again', 0]);
  const ofRun = grouped(requirement('undetermined', { subjects: [subject('a', 'met')] }));
  assert.deepEqual(
    ofRun.map(({ outcome, where }) => [outcome, where]),
    [
      ['undetermined', ''],
      ['met', 'a'],
    ],
    'what decides the outcome is told though no subject has it',
  );
});

test('what is blocked stands under the requirement that it comes from in the end, as a whole or of some subjects', () => {
  const blocked = (id: string, by: string) => requirement('blocked', { id, reason: `Not checked: ${by} is not met.` });
  const some = requirement('blocked', {
    id: 'BDS-205',
    reason: '1 of 2: Not checked: BDS-102 is not met.',
    subjects: [subject('a', 'blocked', { reason: 'Not checked: BDS-102 is not met.' }), subject('b', 'met')],
  });
  const all = [requirement('not-met', { id: 'BDS-101' }), blocked('BDS-201', 'BDS-101'), blocked('BDS-707', 'BDS-201'), some];
  assert.deepEqual(
    notTried(all).map(({ cause, blocked: them }) => [cause, them.map(({ requirement: { id }, where }) => [id, where])]),
    [
      [
        'BDS-101',
        [
          ['BDS-201', ''],
          ['BDS-707', ''],
        ],
      ],
      ['BDS-102', [['BDS-205', 'a']]],
    ],
  );
  assert.equal(notTried([blocked('BDS-201', 'BDS-202'), blocked('BDS-202', 'BDS-201')]).length, 2, 'a circle ends');
});

test('a reason is read in its parts; one in other words is all found', () => {
  const { reason } = expecting('kvm01 → backup01', 'to be let in').notMet({ found: '“Permission denied: expected a, found b”' });
  assert.deepEqual(partsOf(reason), { found: 'kvm01 → backup01: “Permission denied: expected a, found b”.', expected: 'to be let in' });
  assert.deepEqual(partsOf('kvm07 was not asked.'), { found: 'kvm07 was not asked.' });
});
