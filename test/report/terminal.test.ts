import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { PassThrough } from 'node:stream';
import { describe, test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import type { Action } from '../../support/outcome/outcome.ts';
import { redact } from '../../support/outcome/secrets.ts';
import { print, toTable, wrap } from '../../support/report/terminal.ts';
import type { VerdictFile } from '../../support/verdict/schema.ts';
import fc from '../fuzz.ts';
import { ofEach, requirement, subject, verdictFile } from '../told.ts';

const raw = (file: VerdictFile, width = 120, remarks: readonly string[] = []) => toTable(file, { report: '/r/index.html', remarks }, width);
const table = (...given: Parameters<typeof raw>) => stripVTControlCharacters(raw(...given));
const met = [requirement('met')];

test('each requirement has its outcome and what to do; the sum is last', () => {
  const all = ofEach().map((each) => ({ ...each, fix: `Mend ${each.id}.` }));
  const text = table(verdictFile(all, { runFaults: ['it broke'], waiverNotes: ['The waiver of BDS-101 covers nothing.'] }));
  const lines = text.split('\n');
  for (const [at, word] of ['met', 'NOT MET', 'UNDETERMINED', 'blocked', 'not applicable', 'waived'].entries())
    assert.ok(lines.includes(`BDS-10${at}  ${word.padEnd(14)}  A title`), `${word} in\n${text}`);
  for (const { id, outcome } of all) assert.equal(text.includes(`the reason of ${outcome} Mend ${id}.`), outcome !== 'met');
  for (const line of [
    'audit of production, front-end frontend01.example.net',
    'The run itself: it broke',
    'The waiver of BDS-101 covers nothing.',
  ])
    assert.ok(lines.includes(line), line);
  const sum = '1 met, 1 not met, 1 undetermined, 1 blocked, 1 not applicable, 1 waived';
  assert.ok(text.endsWith(`\nNOT COMPLIANT  ${sum} (exit 1)\nReport: /r/index.html\n`), text);
  assert.match(table(verdictFile(met, { onlySubject: 'vm 7' })), /; only vm 7 was judged, nothing is said of the others\n/);
  assert.match(table(verdictFile(met), 120, ['One more thing.']), /\nReport: .*\nOne more thing\.\n$/);
});

for (const [file, sum] of [
  [verdictFile([...met, ...met]), 'COMPLIANT  2 met (exit 0)'],
  [verdictFile(met, { runFaults: ['it broke'] }), 'UNDETERMINED  1 met (exit 2)'],
  [verdictFile([]), 'NOTHING EVALUATED  no requirement was looked at (exit 4)'],
] as const)
  test(`sums up: ${sum}`, () => assert.ok(table(file).split('\n').includes(sum)));

test('what is older than the run and wants doing is told since when', () => {
  const since = '2026-11-20T09:10:00.000Z';
  const dated = verdictFile({ 'BDS-101': 'not-met', 'BDS-102': 'undetermined', 'BDS-103': 'met', 'BDS-104': 'not-met' });
  const requirements = dated.requirements.map((each) => ({ ...each, since: each.id === 'BDS-104' ? dated.startedAt : since }));
  const told = table({ ...dated, requirements }).match(/^.*since.*$/gm) ?? [];
  assert.deepEqual(
    told.map((line) => line.replaceAll(/\s+/g, ' ')),
    ['BDS-101 NOT MET title of BDS-101 (since 2026-11-20)', 'BDS-102 UNDETERMINED title of BDS-102 (since 2026-11-20)'],
  );
});

test('of several subjects, those that are not fine have a line each, and what they share is said once', () => {
  const subjects = ofEach().map(({ outcome }, at) => subject(`kvm0${at}`, outcome, { fix: `Mend kvm0${at}.` }));
  const shared = ['kvm07', 'kvm08'].map((name) => subject(name, 'not-met', { reason: 'the same for both' }));
  const text = table(verdictFile([requirement('not-met', { reason: '3 of 8: …', subjects: [...subjects, ...shared] })]));
  for (const { name, outcome } of subjects)
    assert.equal(text.includes(`${name}: ${outcome} Mend ${name}.`), !['met', 'not-applicable'].includes(outcome), name);
  assert.equal(text.split('the same for both').length, 2);
  assert.doesNotMatch(text, /3 of 8/);
});

for (const [many, told, more] of [
  [8, 8, undefined],
  [9, 8, '… and 1 more, see the report.'],
  [3000, 8, '… and 2992 more, see the report.'],
] as const)
  test(`of ${many} subjects, ${told} are told of`, () => {
    const subjects = Array.from({ length: many }, (_, at) => subject(`kvm${at}`, 'not-met', { reason: `kvm${at} is gone` }));
    const lines = table(verdictFile([requirement('not-met', { subjects })])).split('\n');
    assert.equal(lines.filter((line) => line.endsWith(' is gone')).length, told);
    assert.equal(lines.find((line) => line.includes('… and'))?.trim(), more);
  });

describe('what the run changed', () => {
  const acted = (actions: Action[] | undefined, profile = 'gate', width = 80) =>
    raw(verdictFile(met, { profile, ...(actions && { actions }) }), width);
  const shown = (...given: Parameters<typeof acted>) => stripVTControlCharacters(acted(...given)).split('\n');
  const lines = (...given: Parameters<typeof acted>) =>
    shown(...given).filter((line) => /^(Done|Removed again|Still there|Nothing| {2})/.test(line));

  test('has a line each, in its order, between the requirements and the sum', () => {
    const actions: Action[] = [
      { what: 'wrote a file', state: 'changed' },
      { what: 'image 4', state: 'undone' },
      { what: 'template 2: remove it with onetemplate delete 2', state: 'left' },
    ];
    const expected = ['Done: wrote a file', 'Removed again: image 4', 'Still there: template 2: remove it with onetemplate delete 2'];
    assert.deepEqual(lines(actions), expected);
    const kinds = shown(actions).flatMap((line) => /^(BDS|Done|Removed|Still|COMPLIANT)/.exec(line)?.[0] ?? []);
    assert.deepEqual(kinds, ['BDS', 'Done', 'Removed', 'Still', 'COMPLIANT']);
  });

  test('is nothing, says setup; the others say nothing of it', () => {
    assert.deepEqual(lines([], 'setup'), ['Nothing was changed on any machine.']);
    assert.deepEqual(lines(undefined, 'setup'), ['Nothing was changed on any machine.']);
    for (const profile of ['audit', 'gate', 'demo']) assert.deepEqual(lines([], profile), []);
  });

  test('is wrapped with an indent; no word is lost, and a machine’s words do not steer the terminal', () => {
    const words = Array.from({ length: 60 }, (_, at) => `word${at}`);
    const [first = '', ...rest] = lines([{ what: words.join(' '), state: 'left' }], 'gate', 50);
    assert.deepEqual(
      [first, ...rest].flatMap((line) => line.trim().split(' ')),
      ['Still', 'there:', ...words],
    );
    for (const line of rest) assert.match(line, /^ {2}\S.{0,50}$/);
    const hostile = acted([{ what: 'a\u001b[2Jb\rc', state: 'changed' }]);
    assert.ok(hostile.includes('Done: a\ufffd[2Jb c'), hostile);
  });
});

test('long reasons are wrapped: no word is lost, no line is too long', () => {
  const words = Array.from({ length: 400 }, (_, at) => `word${at}`);
  for (const width of [40, 80, 120, 237]) {
    const lines = table(verdictFile([requirement('not-met', { reason: words.join(' ') })]), width).split('\n');
    const body = lines.filter((line) => line.startsWith(' '.repeat(25)));
    assert.deepEqual(
      body.flatMap((line) => line.trim().split(' ')),
      words,
    );
    for (const line of body) assert.ok(line.length <= Math.max(width, 65), `${line.length} at ${width}`);
  }
});

test('wrapping keeps every word whole and in order, at any width', () => {
  const word = fc.string({ minLength: 1 }).filter((each) => /^\S+$/.test(each));
  fc.assert(
    fc.property(fc.array(word), fc.integer({ min: 1, max: 60 }), (words, width) => {
      const lines = wrap(words.join(' '), width);
      assert.deepEqual(
        lines.flatMap((line) => line.split(' ')),
        words,
      );
      for (const line of lines) assert.ok(line.length <= width || !line.includes(' '));
    }),
  );
  assert.deepEqual(wrap('', 10), []);
});

test('what a machine printed cannot write over the table', () => {
  const reason = 'kvm01: \u001b[2J\u001b[1Aall is fine\r\u0007\u009b2K\u0000 no';
  const subjects = [subject('kvm01', 'not-met', { reason })];
  for (const each of [requirement('not-met', { reason }), requirement('not-met', { reason, subjects })]) {
    const plain = raw(verdictFile([each], { runFaults: [reason] })).replaceAll(new RegExp(`${'\u001b'}\\[\\d+m`, 'g'), '');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    assert.doesNotMatch(plain, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
    assert.match(plain, /all is fine/);
  }
});

test('no secret that was seen is printed', () => {
  redact('PASSWORD="SECRETterminal"');
  const to = new PassThrough();
  print('it is SECRETterminal\n', to);
  assert.equal(String(to.read()), 'it is [redacted]\n');
});

test('what stands in no reason steers the terminal neither: names, titles, paths, remarks', () => {
  const odd = 'a\u001b[2Jb\rc\u009bd\u202ee\u2066f\nGONE';
  const file = verdictFile([requirement('not-met', { title: odd, fix: odd, subjects: [subject(odd, 'not-met')] })], {
    ...{ cloud: { name: odd, frontend: odd, openNebula: odd }, onlySubject: odd, profile: 'gate' },
    ...{ runFaults: [odd], waiverNotes: [odd], actions: [{ what: odd, state: 'left' }] },
  });
  const plain = toTable(file, { report: `/r/${odd}`, remarks: [odd] }, 120).replaceAll(new RegExp(`${'\u001b'}\\[\\d+m`, 'g'), '');
  assert.doesNotMatch(plain.replaceAll('\n', ''), /[\p{Cc}\p{Bidi_Control}]/u);
  assert.doesNotMatch(plain, /^GONE/m);
  assert.ok(plain.includes('gate of a\ufffd[2Jb c\ufffdd\ufffde\ufffdf GONE, front-end a'), plain);
});

test('what is printed keeps our colours and ends of lines, and nothing else that steers', () => {
  const to = new PassThrough();
  print('\u001b[31mred\u001b[39m\n  two\u001b[2J\u202e\r\u0085three\n', to);
  assert.equal(String(to.read()), '\u001b[31mred\u001b[39m\n  two\ufffd[2J\ufffd three\n');
});

test('one place writes to the terminal', () => {
  const root = new URL('../../', import.meta.url);
  const sources = ['support/', 'bin/', 'steps/'].flatMap((folder) =>
    readdirSync(new URL(folder, root), { recursive: true, encoding: 'utf8' }).map((name) => `${folder}${name}`),
  );
  const writers = sources.filter(
    (name) => name.endsWith('.ts') && /process\.std(?:out|err)\.write|console\./.test(readFileSync(new URL(name, root), 'utf8')),
  );
  assert.deepEqual(writers, ['support/report/terminal.ts']);
});
