import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { blockedBy, comesFirst, expecting, INTERRUPTED } from '../../support/outcome/judgement.ts';
import type { Action } from '../../support/outcome/outcome.ts';
import { nextOf, toResult } from '../../support/report/result.ts';
import type { Requirement, VerdictFile } from '../../support/verdict/schema.ts';
import { ofEach, requirement, subject, verdictFile } from '../told.ts';

type More = Partial<Parameters<typeof toResult>[1]>;
const raw = (file: VerdictFile, width = 120, more: More = {}) => toResult(file, { report: '/r/index.html', remarks: [], ...more }, width);
const result = (...given: Parameters<typeof raw>) => stripVTControlCharacters(raw(...given));
const lines = (...given: Parameters<typeof raw>) => result(...given).split('\n');
const met = [requirement('met')];
const server = 'backup01.example.net';
const hosts = Array.from({ length: 12 }, (_, at) => `kvm${String(at + 1).padStart(2, '0')}.example.net`);

const rekeyed = (from: string) => {
  const { reason, fix = '' } = expecting(`${from} → ${server}`, 'a login as oneadmin without a password').notMet({
    found: '“Host key verification failed.”',
    fix: `Compare the key ${server} shows with the one in known_hosts on ${from}. If ${server} was reinstalled, run on ${from}: ssh-keygen -R ${server}. If none is known there yet, log in from ${from} once by hand: ssh ${server}`,
  });
  return { reason, fix };
};
const recheck = (id: string) => ({ recheck: `backup-compliance audit --only ${id}` });
const blocked = (id: string, by: string, why = 'is not met') => requirement('blocked', { id, ...blockedBy(by, why), evidence: [] });
const behind101 = ['104', '201', '203', '204', '206', '301', '302', '304', '405', '407', '707'].map((id) =>
  blocked(`BDS-${id}`, 'BDS-101'),
);
const each = (id: string) => ({
  id,
  subjects: hosts.map((name) => subject(name, 'not-met', rekeyed(name))),
  title: `Requirement ${id} of every hypervisor host on the road to the server`,
});
/** Twelve hosts, and one server that was given another host key. */
const twelve = verdictFile([
  requirement('not-met', {
    title: 'The front-end logs in to the backup server as RSYNC_USER without a password',
    ...rekeyed('frontend01.example.net'),
    ...recheck('BDS-101'),
  }),
  requirement('not-met', each('BDS-102')),
  requirement('not-met', each('BDS-105')),
  ...behind101,
]);
/** From the first finding to the line before what is no finding. */
const findingsOf = (text: readonly string[]) =>
  text
    .slice(
      text.findIndex((line) => line.startsWith('BDS-')),
      text.findIndex((line) => line.startsWith('NOT COMPLIANT')),
    )
    .filter(Boolean);

for (const width of [80, 120])
  test(`twelve hosts with one server of another key are read on one screen of ${width} columns`, () => {
    const found = findingsOf(lines(twelve, width));
    assert.ok(found.length <= 20, found.join('\n'));
    for (const line of found) assert.ok(line.length <= width, line);
    const text = found.join('\n');
    assert.equal(text.split('12 of 12 hosts (kvm01 … kvm12)').length, 3, text);
    assert.match(text, /Not checked because of it: 11 requirements \(BDS-104, /);
    assert.equal(found.filter((line) => line.includes('Not checked')).length, 1);
  });

test('a front-end that cannot be reached is one finding, and one line for all that could not be checked', () => {
  const first = requirement('undetermined', {
    ...expecting('front-end (local)', 'to be let in').undetermined({ found: 'no answer', fix: 'Check the login.' }),
    evidence: [],
  });
  const others = Array.from({ length: 30 }, (_, at) => blocked(`BDS-${200 + at}`, 'BDS-101', 'could not check the front-end'));
  const text = lines(verdictFile([first, ...others]), 80);
  assert.equal(text.filter((line) => line.startsWith('BDS-')).length, 1);
  assert.equal(text.filter((line) => line.includes('BDS-2')).length, 1);
  assert.match(text.join('\n'), /Not checked because of it: 30 requirements \(BDS-200, .*…\)/);
  assert.ok(text.includes('UNDETERMINED: 31 requirements could not be checked (exit 2)'), text.join('\n'));
});

test('where the agent is gone, that is said first, and no key is asked for', () => {
  const agent = requirement('not-met', { id: 'BDS-103', fix: 'Start it: systemctl start opennebula-ssh-agent', ...recheck('BDS-103') });
  const denied = { reason: 'kvm01: denied', fix: comesFirst('BDS-103', 'Start it: systemctl start opennebula-ssh-agent') };
  const login = requirement('not-met', { id: 'BDS-102', subjects: [subject('kvm01', 'not-met', denied)] });
  const [first = '', ...rest] = findingsOf(lines(verdictFile([login, agent])));
  assert.match(first, /^BDS-103 {2}NOT MET \(blocker\): /);
  const text = rest.join('\n');
  assert.match(text, /BDS-102 {2}NOT MET .*\n +Because of BDS-103\. Found: kvm01: denied\./);
  assert.doesNotMatch(text, /authorized_keys/);
  assert.equal(text.split('systemctl').length, 2, 'the fix stands once');
  assert.equal(nextOf(verdictFile([login, agent])), 'backup-compliance audit --only BDS-103');
});

test('an interrupted run accuses nobody', () => {
  const { reason } = expecting('frontend01 → backup01', 'a login').undetermined({ found: `“${INTERRUPTED}”` });
  const all = [requirement('undetermined', { reason, fix: 'Run it again.' }), blocked('BDS-201', 'BDS-101', 'could not be checked')];
  const text = lines(
    verdictFile(
      [...met, ...all].map((one, at) => ({ ...one, id: at === 0 ? 'BDS-100' : one.id })),
      { exitCode: 130 },
    ),
  );
  assert.deepEqual(
    text.filter((line) => /backup01|BDS-/.test(line)),
    ['Not checked, since the run was interrupted: 2 requirements (BDS-101, BDS-201)'],
  );
  assert.ok(text.includes('UNDETERMINED: 2 requirements could not be checked (exit 130, interrupted)'), text.join('\n'));
  assert.ok(text.includes('Next: backup-compliance audit'), text.join('\n'));
});

test('the end is the verdict, the counts in six words, the one command to run, and the report', () => {
  const all = ofEach().map((one) => ({ ...one, fix: `Mend ${one.id}.`, ...(one.outcome === 'not-met' && recheck(one.id)) }));
  const file = verdictFile(all, { runFaults: ['it broke'], waiverNotes: ['The waiver of BDS-101 covers nothing.'] });
  const text = result(file, 120, { remarks: ['One more thing.'], options: ' --site east.yaml' });
  const end = [
    'NOT COMPLIANT: 1 finding (exit 1)',
    '1 met, 1 not met, 1 undetermined, 1 blocked, 1 not applicable, 1 waived',
    'Next: backup-compliance audit --only BDS-101 --site east.yaml',
    'Report: /r/index.html',
    'One more thing.',
    '',
  ];
  assert.ok(text.endsWith(end.join('\n')), text);
  for (const line of [
    'audit of production, front-end frontend01.example.net',
    'The run itself: it broke',
    'The waiver of BDS-101 covers nothing.',
  ])
    assert.ok(text.split('\n').includes(line), line);
  const at = (words: string) => text.indexOf(words);
  const order = [
    'BDS-101  NOT MET (blocker)',
    'Fix: Mend BDS-101.',
    'BDS-102  UNDETERMINED (blocker)',
    'BDS-105  waived until 2026-12-31 by Jane Doe',
    'NOT COMPLIANT',
  ].map(at);
  assert.deepEqual(
    order,
    order.toSorted((a, b) => a - b),
  );
  assert.ok(
    order.every((found) => found > 0),
    text,
  );
});

for (const [file, sum] of [
  [verdictFile([...met, ...met]), 'COMPLIANT (exit 0)'],
  [verdictFile([requirement('waived')]), 'COMPLIANT WITH 1 WAIVER (exit 0)'],
  [verdictFile(met, { runFaults: ['it broke'] }), 'UNDETERMINED: 1 fault of the run itself (exit 2)'],
  [verdictFile([]), 'NOTHING EVALUATED (exit 4)'],
  [
    verdictFile(met, { only: ['BDS-101@kvm01'], onlyRequirements: ['BDS-101'], onlySubject: 'kvm01' }),
    'BDS-101@kvm01 ONLY: COMPLIANT (exit 0)',
  ],
  [verdictFile(met, { profile: 'setup' }), 'SET-UP ONLY: COMPLIANT (exit 0)'],
  [
    verdictFile(
      [...met, requirement('not-met', { id: 'BDS-106', severity: 'normal' }), requirement('blocked', { id: 'BDS-107', severity: 'minor' })],
      { failOn: 'critical' },
    ),
    'COMPLIANT; findings below critical do not count (--fail-on): 1 not met, 1 blocked (exit 0)',
  ],
] as const)
  test(`-q prints one line: ${sum}`, () => {
    assert.equal(result(file, 200, { detail: 'quiet' }), `${sum}\n`);
    assert.ok(lines(file, 200).includes(sum), 'it stands in the whole as well');
  });

test('what does not count is shown all the same, and says so', () => {
  const file = verdictFile([...met, requirement('not-met', { id: 'BDS-106', severity: 'normal', ...recheck('BDS-106') })], {
    failOn: 'critical',
  });
  assert.match(result(file), /^BDS-106 {2}NOT MET \(normal, does not count\): A title$/m);
  assert.match(result(file), /^Next: backup-compliance audit --only BDS-106$/m);
});

test('-v lists all requirements with what was measured, each login included', () => {
  const login = requirement('met', {
    id: 'BDS-102',
    subjects: [subject('kvm01', 'met', { measured: '0.2 s' }), subject('kvm02', 'met', { note: 'kvm02: it is in ERROR' })],
  });
  const vms = requirement('met', { id: 'BDS-701', subjects: [], subjectsMet: 41 });
  const all = verdictFile([
    requirement('met', { title: 'A login without a password', measured: 'one login, 61 % free (limit 10 %)' }),
    login,
    vms,
    requirement('not-applicable', { id: 'BDS-106' }),
  ]);
  const verbose = lines(all, 120, { detail: 'verbose' }).map((line) => line.trim());
  for (const line of [
    'BDS-101  met: A login without a password',
    // No colon behind “password”: what follows would be taken for one.
    'one login, 61 % free (limit 10 %)',
    'BDS-102  met: A title',
    'kvm01: met, 0.2 s',
    'kvm02: met, it is in ERROR',
    'All 41: met',
    'BDS-106  not applicable: A title',
    'the reason of not-applicable',
  ])
    assert.ok(verbose.includes(line), `${line} in\n${verbose.join('\n')}`);
  assert.doesNotMatch(result(all), /kvm01|measured|61 %|BDS-106/);
});

test('what wants doing for longer than the run is told since when', () => {
  const since = '2026-11-20T09:10:00.000Z';
  const dated = verdictFile({ 'BDS-101': 'not-met', 'BDS-102': 'undetermined', 'BDS-103': 'met', 'BDS-104': 'not-met' });
  const requirements = dated.requirements.map((one) => ({ ...one, since: one.id === 'BDS-104' ? dated.startedAt : since }));
  assert.deepEqual(result({ ...dated, requirements }).match(/^.*since.*$/gm), [
    'BDS-101  NOT MET (blocker, since 2026-11-20): title of BDS-101',
    'BDS-102  UNDETERMINED (blocker, since 2026-11-20): title of BDS-102',
  ]);
});

for (const [many, told, more] of [
  [8, 8, undefined],
  [9, 8, '… and 1 more, see the report.'],
  [3000, 8, '… and 2992 more, see the report.'],
] as const)
  test(`of ${many} different findings of one requirement, ${told} are told of`, () => {
    const name = (at: number) => `kvm-${String.fromCharCode(97 + (at % 26), 97 + (Math.floor(at / 26) % 26), 97 + Math.floor(at / 676))}`;
    const subjects = Array.from({ length: many }, (_, at) =>
      subject(name(at), 'not-met', { reason: `${name(at + 7)} is gone`, fix: `Mend ${name(at)}.` }),
    );
    const text = lines(verdictFile([requirement('not-met', { subjects })]));
    assert.equal(text.filter((line) => line.includes(' is gone')).length, told);
    assert.equal(text.find((line) => line.includes('… and'))?.trim(), more);
  });

test('a blocked requirement whose cause is no finding has a line of its own, and the cause is explained', () => {
  const alone = verdictFile([blocked('BDS-204', 'BDS-101')]);
  assert.match(result(alone), /^Not checked because of BDS-101: 1 requirement \(BDS-204\)$/m);
  assert.equal(nextOf(alone), 'backup-compliance explain BDS-101');
  const waived = verdictFile([requirement('waived'), blocked('BDS-204', 'BDS-101')]);
  assert.match(result(waived), /^Not checked because of BDS-101 \(waived\): 1 requirement \(BDS-204\)$/m);
});

test('a waiver names who answers for it, why, and on which machines', () => {
  const waiver = { owner: 'Jo', reason: 'new disks ordered.', ticket: 'OPS-7', expires: '2026-12-31', expired: false };
  const subjects = ['kvm01', 'kvm02'].map((name) => subject(name, 'waived', { waiver, trueOutcome: 'not-met' as const }));
  const file = verdictFile([requirement('waived', { subjects, waiver })]);
  assert.match(result(file), /^BDS-101 {2}waived until 2026-12-31 by Jo on kvm01, kvm02 \(new disks ordered, OPS-7\): A title$/m);
});

describe('what the run changed', () => {
  const acted = (actions: Action[] | undefined, profile = 'gate', width = 80) =>
    raw(verdictFile(met, { profile, ...(actions && { actions }) }), width);
  const shown = (...given: Parameters<typeof acted>) => stripVTControlCharacters(acted(...given)).split('\n');
  const told = (...given: Parameters<typeof acted>) =>
    shown(...given).filter((line) => /^(Done|Cleaned up|Still there|Nothing| {2})/.test(line));

  test('has a line each, in its order, before the verdict', () => {
    const actions: Action[] = [
      { what: 'wrote a file', state: 'changed' },
      { what: 'image 4', state: 'undone' },
      { what: 'template 2: remove it with onetemplate delete 2', state: 'left' },
    ];
    assert.deepEqual(told(actions), [
      'Done: wrote a file',
      'Cleaned up: image 4',
      'Still there: template 2: remove it with onetemplate delete 2',
    ]);
    const kinds = shown(actions).flatMap((line) => /^(Done|Cleaned|Still|COMPLIANT)/.exec(line)?.[0] ?? []);
    assert.deepEqual(kinds, ['Done', 'Cleaned', 'Still', 'COMPLIANT']);
  });

  test('is a number, where much was cleaned up; what is left is told of all the same', () => {
    const undone = Array.from({ length: 9 }, (_, at): Action => ({ what: `image ${at}`, state: 'undone' }));
    const left: Action = { what: 'template 2', state: 'left' };
    assert.deepEqual(told([...undone, left]), [
      'Still there: template 2',
      'Cleaned up: 9 items that the run had made, listed in the report',
    ]);
    assert.equal(told([...undone.slice(1), left]).length, 9);
    const file = verdictFile(met, { profile: 'gate', actions: undone });
    assert.equal(lines(file, 120, { detail: 'verbose' }).filter((line) => line.startsWith('Cleaned up: image')).length, 9);
  });

  test('is nothing, says setup; the others say nothing of it', () => {
    assert.deepEqual(told([], 'setup'), ['Nothing was changed on any machine.']);
    assert.deepEqual(told(undefined, 'setup'), ['Nothing was changed on any machine.']);
    for (const profile of ['audit', 'gate', 'demo']) assert.deepEqual(told([], profile), []);
  });

  test('is wrapped with an indent; no word is lost, and a machine’s words do not steer the terminal', () => {
    const words = Array.from({ length: 60 }, (_, at) => `word${at}`);
    const [first = '', ...rest] = told([{ what: words.join(' '), state: 'left' }], 'gate', 50);
    assert.deepEqual(
      [first, ...rest].flatMap((line) => line.trim().split(' ')),
      ['Still', 'there:', ...words],
    );
    for (const line of rest) assert.match(line, /^ {2}\S.{0,48}$/);
    const hostile = acted([{ what: 'a\u001b[2Jb\rc', state: 'changed' }]);
    assert.ok(hostile.includes('Done: a\ufffd[2Jb c'), hostile);
  });
});

test('all is wrapped to the width: no word is lost, no line is longer but for a command', () => {
  const words = Array.from({ length: 400 }, (_, at) => `word${at}`);
  const text = words.join(' ');
  const waiver = { owner: text, reason: text, expires: '2026-12-31', expired: false };
  const all = [
    requirement('not-met', { title: text, reason: text, fix: text }),
    requirement('waived', { id: 'BDS-102', title: text, waiver }),
    ...Array.from({ length: 99 }, (_, at) => blocked(`BDS-${300 + at}`, 'BDS-101')),
  ];
  const file = verdictFile(all, { runFaults: [text], waiverNotes: [text], actions: [{ what: text, state: 'left' }] });
  for (const width of [40, 80, 120, 237]) {
    const shown = lines(file, width, { remarks: [text], report: '/r' });
    for (const line of shown) assert.ok(line.length <= width, `${line.length} at ${width}: ${line}`);
    assert.equal(
      shown
        .join(' ')
        .split(/\s+/)
        .filter((word) => word === 'word77').length,
      10,
    );
  }
});

test('what a machine printed, or a person named, steers no terminal', () => {
  const odd = 'a\u001b[2J\u001b[1Ab\rc\u0007\u009bd\u202ee\u2066f\u0000\nGONE';
  const waiver = { owner: odd, reason: odd, expires: '2026-12-31', expired: false };
  const all: Requirement[] = [
    requirement('not-met', {
      title: odd,
      fix: odd,
      reason: odd,
      measured: odd,
      subjects: [subject(odd, 'not-met', { reason: odd, fix: odd })],
    }),
    requirement('waived', { id: 'BDS-102', subjects: [subject(odd, 'waived', { waiver, trueOutcome: 'not-met' })], waiver }),
  ];
  const file = verdictFile(all, {
    ...{ cloud: { name: odd, frontend: odd, openNebula: odd }, only: [odd], onlySubject: odd, onlyRequirements: [odd], profile: 'gate' },
    ...{ runFaults: [odd], waiverNotes: [odd], actions: [{ what: odd, state: 'left' }] },
  });
  for (const detail of ['normal', 'verbose', 'quiet'] as const) {
    const plain = toResult(file, { report: `/r/${odd}`, remarks: [odd], detail }, 120).replaceAll(
      new RegExp(`${'\u001b'}\\[\\d+m`, 'g'),
      '',
    );
    assert.doesNotMatch(plain.replaceAll('\n', ''), /[\p{Cc}\p{Bidi_Control}]/u);
    assert.doesNotMatch(plain, /^GONE/m);
  }
});
