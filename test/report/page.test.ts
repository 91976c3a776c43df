/** The page of a run, in the states that people meet it in. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { before, describe, test } from 'node:test';
import { headlineOf } from '../../support/report/headline.ts';
import { evidenceOf } from '../../support/report/page/evidence.ts';
import { documentOf } from '../../support/report/page/html.ts';
import { type RunPage, toPage } from '../../support/report/page/run.ts';
import { daysLeft, moment } from '../../support/report/page/times.ts';
import { notCertified } from '../../support/verdict/not-certified.ts';
import { statements } from '../../support/verdict/requirements.ts';
import type { VerdictFile } from '../../support/verdict/schema.ts';
import { ofEach, Reports, requirement, subject, verdictFile } from '../told.ts';
import { bannerOf, pageOutcomes } from '../verdict/languages.ts';
import { states, writeState } from './states.ts';

/** A page without machines, evidence or runs before it. */
const pageOf = (file: VerdictFile, more: Partial<RunPage> = {}): string =>
  toPage({
    ...{ file, statements: statements(), answers: new Map(), picture: () => Buffer.alloc(0), testVm: undefined, earlier: [] },
    datastore: { name: 'rsync Backups', rsync_user: 'oneadmin', rsync_host: 'backup01', path: '/d' },
    ...{ sealed: { manifest: undefined, key: undefined }, hasAllure: true, zone: 'UTC' },
    ...more,
  });
/** As a person reads it. */
const textOf = (html: string) =>
  html
    .replace(/<style>.*?<\/style>/s, '')
    .replace(/<(?:br|\/(?:p|dt|dd|li|h\d|td|summary))[^>]*>/g, '\n')
    .replace(/<[^>]+>/g, '')
    .replaceAll('&quot;', '"')
    .replaceAll('&lt;', '<')
    .replaceAll('&amp;', '&');
const section = (html: string, id: string) => new RegExp(`<section id="${id}">.*?</section>`, 's').exec(html)?.[0] ?? '';

test('nothing is asked of the network, no script runs, and what is shown stays text', () => {
  const evil = '<script src="https://x.example/x.js"></script><img src=x onerror=alert(1)> " \' &';
  const all = ofEach().map((each) => ({
    ...each,
    title: evil,
    reason: `${evil}: expected ${evil}, found ${evil}.`,
    note: evil,
    fix: evil,
    subjects: [subject(evil, each.outcome, { measured: evil })],
  }));
  const file = verdictFile(all, {
    runFaults: [evil],
    waiverNotes: [evil],
    cloud: { name: evil, frontend: evil, openNebula: evil },
    actions: [{ what: evil, state: 'left' }],
  });
  const html = pageOf(file, { testVm: evil, sealed: { manifest: evil, key: evil }, earlier: [file] });
  assert.match(
    html,
    /^<!doctype html>\n<html lang="en"><head><meta charset="utf-8"\/?><meta http-equiv="Content-Security-Policy" content="default-src 'none'; [^"]*"/,
  );
  assert.doesNotMatch(html, /<(?:script|img|iframe|link|form|object)\b/);
  const targets = Array.from(html.matchAll(/<[a-z][^<>]*?\s(?:href|src)="([^"]*)"/g), ([, target = '']) => target);
  assert.deepEqual(
    targets.filter((target) => !/^(#[\w-]+|allure\.html|verdict\.json|summary\.md|junit\.xml|hdf\.json)$/.test(target)),
    [],
  );
});

test('the verdict comes first, then what is to do, then all the rest, in this order', () => {
  const all = [...ofEach(), requirement('blocked', { id: 'BDS-201', reason: 'Not checked: BDS-101 is not met.' })];
  const html = pageOf(verdictFile(all, { profile: 'gate', waiverNotes: ['Unused.'] }), { earlier: [verdictFile()] });
  const order = [
    '<h1',
    'class="facts"',
    'class="counts"',
    'id="findings"',
    'id="not-checked"',
    'id="waivers"',
    'id="restore-test"',
    'id="all"',
    'id="scope"',
    'id="trend"',
    'id="legend"',
    'id="seal"',
    'class="sign"',
  ];
  const places = order.map((each) => html.indexOf(each));
  assert.deepEqual(
    places,
    places.toSorted((a, b) => a - b),
    'in this order',
  );
  assert.ok(
    places.every((place) => place > 0),
    String(places),
  );
  assert.deepEqual(pageOutcomes(html), Object.fromEntries(all.map(({ id, outcome }) => [id, outcome])));
  assert.match(textOf(html), /\b1met/, 'counts in our six words');
  for (const [word, number] of [
    ['met', 1],
    ['not met', 1],
    ['undetermined', 1],
    ['blocked', 2],
    ['not applicable', 1],
    ['waived', 1],
  ])
    assert.ok(html.includes(`<b>${number}</b>${word}</li>`), String(word));
});

test('a finding has its four parts, links what it names, and says what waits for it', () => {
  const [fix, recheck] = ['Fix BDS-103 first.', 'backup-compliance audit --only BDS-101'];
  const unmet = requirement('not-met', {
    reason: 'backup01: expected a login, found “no”.',
    fix,
    recheck,
    since: '2026-11-20T09:10:00.000Z',
  });
  const html = pageOf(
    verdictFile([
      unmet,
      requirement('met', { id: 'BDS-103' }),
      requirement('blocked', { id: 'BDS-201', reason: 'Not checked: BDS-101 is not met.' }),
    ]),
  );
  const found = section(html, 'findings');
  assert.match(
    textOf(found),
    /Found\nbackup01: “no”\.\nExpected\nA login\.\nFix\nFix BDS-103 first\.\nRecheck\nbackup-compliance audit --only BDS-101\n/,
  );
  assert.match(found, /Fix <a class="id" href="#BDS-103">BDS-103<\/a> first/);
  assert.match(textOf(found), /not met, blocker, since 2026-11-20; 1 requirement not checked because of it/);
  assert.match(
    section(html, 'not-checked'),
    /<details class="fold" id="behind-BDS-101"><summary>1 not checked because of BDS-101<\/summary>/,
  );
});

test('a finding that another causes says so first; one that does not count says that', () => {
  const all = [
    requirement('not-met', { id: 'BDS-103' }),
    requirement('not-met', {
      id: 'BDS-102',
      severity: 'minor',
      reason: 'kvm01: expected a, found b.',
      fix: 'BDS-103 comes first. Start the agent.',
    }),
  ];
  const html = pageOf(verdictFile(all, { failOn: 'normal', below: ['BDS-102'] }));
  assert.match(
    section(html, 'findings'),
    /not met, minor, does not count<\/p><p>Because of <a class="id" href="#BDS-103">BDS-103<\/a>: fix that first\.<\/p>/,
  );
  assert.match(textOf(html), /findings below normal do not count \(--fail-on\): 1 not met/);
});

test('waivers tell who accepts what, why, for how long; those that are not used stand below', () => {
  const waiver = { owner: 'Jo', reason: 'new disks', ticket: 'OPS-1', expires: '2026-12-31', expired: false };
  const reason = 'Not met, but waived until 2026-12-31 by Jo (new disks, OPS-1): backup01: expected space, found none.';
  const html = pageOf(verdictFile([requirement('waived', { waiver, reason })], { waiverNotes: ['The waiver of BDS-104 covers nothing.'] }));
  assert.match(
    textOf(section(html, 'waivers')),
    /BDS-101 A title\nbackup01: none\.\nJo\nnew disks\nOPS-1\n38 \(until 2026-12-31\)\n[\s\S]*Unused\nThe waiver of BDS-104 covers nothing\./,
  );
  assert.equal(bannerOf(html).words, 'COMPLIANT WITH 1 WAIVER');
});

test('what is not certified is said in the words of all documents', () => {
  assert.ok(textOf(section(pageOf(verdictFile()), 'scope')).includes(notCertified));
});

test('times are told in UTC, and where people are elsewhere in theirs', () => {
  assert.equal(moment('2026-11-29T05:39:12.468Z', 'UTC'), '2026-11-29 05:39:12 UTC');
  assert.equal(moment('2026-11-29T05:39:12.468Z', 'Europe/Berlin'), '2026-11-29 05:39:12 UTC (06:39 in Europe/Berlin)');
  assert.equal(moment('2026-11-29T23:39:12.468Z', 'Asia/Tokyo'), '2026-11-29 23:39:12 UTC (2026-11-30 08:39 in Asia/Tokyo)');
  for (const [from, left] of [
    ['2026-12-31T00:00:01Z', 0],
    ['2026-12-31T23:59:59Z', 0],
    ['2026-12-30T12:00:00Z', 1],
    ['2026-11-29T05:00:00Z', 32],
  ] as const)
    assert.equal(daysLeft('2026-12-31', from), left, from);
});

test('an answer begins with what was said, and where nothing of it is kept nothing is shown', () => {
  const begin = 'file     evidence/backup01/001-rsync.txt\non       backup01\n';
  const cases = {
    [`${begin}\nstdout:\nit said so\n\nmore\n`]: '<pre>stdout:\nit said so\n\nmore\n</pre>',
    [`${begin}\n[… 1211 more characters]\n`]: '',
    [`${begin}[… 1211 more characters]\n`]: '',
  };
  for (const [inline, shown] of Object.entries(cases)) {
    const times = { start: 0, stop: 250, on: 'backup01', as: 'oneadmin', ended: 'exit 0' };
    const exhibits = [{ file: 'evidence/backup01/001-rsync.txt', command: 'rsync', inline, ...times }];
    const page = documentOf('', '', evidenceOf([{ exhibits }], assert.fail)({ subjects: [], outcome: 'met' } as never));
    assert.equal(/<pre>[\s\S]*<\/pre>/.exec(page)?.[0] ?? '', shown);
  }
});

describe('a whole run', () => {
  const pages = new Map<string, { html: string; file: VerdictFile }>();
  before(async () => {
    for (const [name, state] of Object.entries(states)) {
      const { file, report = assert.fail() } = await writeState(new Reports(), { ...state(), allure: false });
      pages.set(name, { html: readFileSync(report, 'utf8'), file });
    }
  });
  const page = (name: string) => pages.get(name) ?? assert.fail(name);

  for (const [name, words] of Object.entries({
    compliant: /^COMPLIANT$/,
    waived: /^COMPLIANT WITH 1 WAIVER$/,
    'not-met-12-of-12': /^NOT COMPLIANT: 3 findings$/,
    'not-met-1-of-100': /^NOT COMPLIANT: 2 findings$/,
    undetermined: /^UNDETERMINED: 32 requirements could not be checked$/,
    gate: /^COMPLIANT$/,
    recheck: /^BDS-102 on kvm07\.example\.net ONLY: NOT COMPLIANT, 1 finding$/,
  }))
    test(`${name}: the banner is the verdict, all agree, and no share of requirements is told`, () => {
      const { html, file } = page(name);
      assert.match(bannerOf(html).words, words);
      assert.deepEqual(bannerOf(html), { words: headlineOf(file), verdict: file.verdict });
      assert.deepEqual(pageOutcomes(html), Object.fromEntries(file.requirements.map(({ id, outcome }) => [id, outcome])));
      for (const [share] of textOf(html).matchAll(/[^\n]*\d ?%[^\n]*/g)) assert.match(share, /free|limit/, 'what is measured alone');
    });

  test('twelve hosts with one cause are one finding, with the evidence of two; one of a hundred is named alone', () => {
    const all = section(page('not-met-12-of-12').html, 'findings');
    assert.equal(all.match(/12 of 12 hosts \(kvm01 … kvm12\)/g)?.length, 2, 'BDS-102 and 105');
    assert.match(all, /Evidence: 2 answers \(2 of 12 subjects\)/);
    assert.match(all, /IDENTIFICATION HAS CHANGED/);
    assert.match(textOf(all), /on kvm01\.example\.net as oneadmin, 09:10:00 UTC, took 0\.250 s, exit 255\. Full answer/);
    const one = section(page('not-met-1-of-100').html, 'findings');
    assert.match(one, /<p class="on">kvm42\.example\.net<\/p>/);
    assert.doesNotMatch(textOf(one).replace(/kvm42/g, ''), /kvm\d\d/);
  });

  test('where nearly all is blocked, all but the cause is folded under it', () => {
    const { html } = page('undetermined');
    assert.equal(html.match(/<article/g)?.length, 1);
    assert.match(html, /<summary>31 not checked because of BDS-101<\/summary>/);
  });

  test('the restore test of a gate tells what was measured, and what was cleaned up', () => {
    const { html } = page('gate');
    const told = textOf(section(html, 'restore-test'));
    for (const words of [
      'Test VM: backup-probe (0).',
      '42 MiB in 14 s',
      'disk 0: 42 MiB restored in 4 s (10.5 MiB/s), identical',
      'Cleaned up: VM 31',
    ])
      assert.ok(told.includes(words), `${words} in ${told}`);
    assert.match(section(html, 'restore-test'), /<img alt="Console of the restored VM \(BDS-603\)" src="data:image\/png;base64,iVBOR/);
    assert.equal(section(page('compliant').html, 'restore-test'), '');
  });

  test('of a hundred hosts it has no more than 300 KB without evidence', () => {
    const { html } = page('not-met-1-of-100');
    const bare = html.replace(/<pre>.*?<\/pre>/gs, '');
    assert.ok(Buffer.byteLength(bare) < 300_000, `${Buffer.byteLength(bare)} bytes`);
  });
});

test('a finding of one VM names it once, above what was found', () => {
  const reason = 'mail01 (7): expected a restore point at most 26 h old, found no restore point.';
  const mail01 = subject('mail01', 'not-met', { kind: 'vm', id: '7', reason });
  const found = section(pageOf(verdictFile([requirement('not-met', { id: 'BDS-701', reason, subjects: [mail01] })])), 'findings');
  assert.match(textOf(found), /VM mail01 \(7\)\nFound\nNo restore point\.\n/);
});

test('one that waits for two causes says behind each that it does so in part', () => {
  const behind = (host: string, cause: string) => subject(host, 'blocked', { reason: `Not checked: ${cause} is not met.` });
  const subjects = [behind('kvm01', 'BDS-101'), behind('kvm02', 'BDS-103')];
  const all = [
    ...['BDS-101', 'BDS-103'].map((id) => requirement('not-met', { id })),
    requirement('blocked', { id: 'BDS-303', reason: 'Not checked: BDS-101 is not met.', subjects }),
    requirement('blocked', { id: 'BDS-201', reason: 'Not checked: BDS-101 is not met.' }),
  ];
  const html = section(pageOf(verdictFile(all)), 'not-checked');
  assert.match(html, /<summary>2 not checked because of BDS-101, 1 of them in part<\/summary>/);
  assert.match(html, /<summary>1 not checked because of BDS-103, in part<\/summary>/);
});

test('what was measured stands for several only where it is the same', () => {
  const measured = (...figures: readonly string[]) => {
    const subjects = figures.map((figure, at) => subject(`kvm0${at}`, 'met', { measured: figure }));
    return textOf(section(pageOf(verdictFile([requirement('met', { id: 'BDS-303', subjects })])), 'all'));
  };
  assert.match(measured('9 of 9 run', '9 of 9 run'), /2 of 2 hosts \(kvm00, kvm01\): 9 of 9 run/);
  const apart = measured('9 of 9 run', '8 of 8 run');
  assert.match(apart, /2 of 2 hosts \(kvm00, kvm01\)\nEach of the 2\nkvm00: 9 of 9 run\nkvm01: 8 of 8 run/);
});
