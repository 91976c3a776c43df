import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { UsageError } from '../../support/outcome/errors.ts';
import type { Judgement } from '../../support/outcome/judgement.ts';
import type { Outcome } from '../../support/outcome/outcome.ts';
import { loadWaivers, parseWaivers, type Waiver } from '../../support/site/waivers.ts';
import { type Requirement, verdictFile } from '../../support/verdict/schema.ts';
import { idleWaivers, isSubject, waive } from '../../support/verdict/waivers.ts';

const today = '2026-11-24';
const parse = (source: string) => parseWaivers(source, 'waivers.yaml', today);
const waiver = (more: Partial<Waiver> = {}): Waiver => ({
  ...{ requirement: 'BDS-102', owner: 'Jane Doe', reason: 'a switch was ordered.', expires: '2026-12-31' },
  ...more,
});

describe('the file', () => {
  test('that is not there, is empty, or only comments, waives nothing', () => {
    assert.deepEqual(loadWaivers('/nowhere/site.yaml', today), []);
    for (const source of ['', '# nothing\n', '[]\n']) assert.deepEqual(parse(source), []);
  });

  test('stands in the folder of the site file', () => {
    const folder = mkdtempSync(join(tmpdir(), 'waivers-'));
    const file = join(folder, 'waivers.yaml');
    try {
      writeFileSync(file, '- { requirement: BDS-102, owner: a, reason: b, expires: 2026-12-31 }\n');
      assert.deepEqual(loadWaivers(join(folder, 'other-site.yaml'), today), [
        { requirement: 'BDS-102', owner: 'a', reason: 'b', expires: '2026-12-31' },
      ]);
      writeFileSync(file, '- { requirement: BDS-102 }\n');
      assert.throws(() => loadWaivers(join(folder, 'site.yaml'), today), {
        name: new UsageError('').name,
        message: new RegExp(`^${file}:1:3: entry 1\\.owner: missing\n`),
      });
      rmSync(file);
      mkdirSync(file);
      assert.throws(() => loadWaivers(join(folder, 'site.yaml'), today), { name: 'UsageError', message: /cannot be read: .*EISDIR/ });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('that is the example waives nothing as it is, and all it shows may be uncommented', () => {
    const example = readFileSync(new URL('../../waivers.example.yaml', import.meta.url), 'utf8');
    assert.deepEqual(parse(example), []);
    const shown = parse(example.replaceAll(/^# (?=- requirement:| {2})/gm, ''));
    assert.deepEqual(
      shown.map(({ requirement, subject, ticket, expires }) => [requirement, subject, ticket, expires]),
      [
        ['BDS-205', 'kvm02.example.net', 'CHG-4711', '2026-12-31'],
        ['BDS-404', undefined, undefined, '2027-01-31'],
      ],
    );
  });

  test('may say anything in an owner, a reason and a ticket that is text of one line', () => {
    const [first] = parse(
      '- { requirement: BDS-102, owner: "it\'s \\"J\\" <j@x>", reason: "$(id); -x: é", ticket: "4711", expires: 2026-11-01 }',
    );
    assert.deepEqual(first, waiver({ owner: 'it\'s "J" <j@x>', reason: '$(id); -x: é', ticket: '4711', expires: '2026-11-01' }));
  });
});

describe('refused with place and reason', () => {
  const entry = (changes = 'owner: a') => {
    const whole: Record<string, string> = { requirement: 'BDS-102', owner: 'a', reason: 'b', expires: '2026-12-31' };
    const [, key = '', value = ''] = /^(\w+): ?(.*)$/.exec(changes) ?? [];
    return `- ${Object.entries({ ...whole, [key]: value })
      .filter(([, given]) => given !== 'MISSING')
      .map(([name, given]) => `${name}: ${given}`)
      .join('\n  ')}\n`;
  };
  const rows: readonly (readonly [what: string, source: string, says: RegExp])[] = [
    [
      'no list',
      'requirement: BDS-102\n',
      /^1:1: the waivers: expected a list of waivers, each with requirement, owner, reason and expires, found \S.*$/,
    ],
    ['text for an entry', '- BDS-102\n', /^1:3: entry 1: expected object, found \S.*$/],
    ['an entry that is empty', `${entry()}-\n`, /^5:2: entry 2: expected object, found \S.*$/],
    [
      'an unknown setting',
      entry('until: 2026-12-31'),
      /^5:3: entry 1\.until: unknown setting\. Allowed here: requirement, subject, owner, reason, ticket, expires$/,
    ],
    ...['requirement', 'owner', 'reason', 'expires'].map(
      (key) => [`no ${key}`, entry(`${key}: MISSING`), new RegExp(`^1:3: entry 1\\.${key}: missing$`)] as const,
    ),
    [
      'an id that is none',
      entry('requirement: BDS-1020'),
      /^1:16: entry 1\.requirement: expected the id of a requirement, such as BDS-102, found \S.*$/,
    ],
    ['an owner without a name', entry('owner: " "'), /^2:10: entry 1\.owner: expected who answers for it, as text, found \S.*$/],
    [
      'a reason of two lines',
      entry('reason: "a\\nb"'),
      /^3:11: entry 1\.reason: expected why it is waived, as text, without control characters, found \S.*$/,
    ],
    [
      'a reason that is a book',
      entry(`reason: ${'x'.repeat(501)}`),
      /^3:11: entry 1\.reason: expected at most 500 characters, found \S.*$/,
    ],
    [
      'a ticket that is a number',
      entry('ticket: 4711'),
      /^5:11: entry 1\.ticket: expected a ticket as text, in quotes if it is a number, found \S.*$/,
    ],
    [
      'a subject that is none',
      entry('subject: -oProxyCommand=id'),
      /^5:12: entry 1\.subject: expected the name of a host, or “vm files01”/,
    ],
    [
      'the old name of subject',
      entry('machine: kvm01'),
      /^5:3: entry 1\.machine: this setting is called “subject” now; it takes the same names$/,
    ],
    ['a day that is none', entry('expires: 2027-02-29'), /^4:12: entry 1\.expires: expected a day in the form 2026-12-31, found \S.*$/],
    ['a time', entry('expires: 2026-12-31T00:00:00Z'), /^4:12: entry 1\.expires: expected a day/],
    ['a day in another order', entry('expires: 31.12.2026'), /^4:12: entry 1\.expires: expected a day/],
    ['a number', entry('expires: 20261231'), /^4:12: entry 1\.expires: expected a day/],
    ['for ever', entry('expires: never'), /^4:12: entry 1\.expires: expected a day/],
    [
      '366 days',
      entry('expires: 2027-11-25'),
      /^4:12: entry 1\.expires: expected a day at most 365 days ahead, 2027-11-24 or before, found \S.*$/,
    ],
    ['two of a requirement', entry() + entry('owner: c'), /^5:3: entry 2: expected one waiver for BDS-102; entry 1 is one already$/],
    [
      'two of a host, by its short and its full name',
      entry('subject: kvm01') + entry('subject: kvm01.example.net'),
      /^6:3: entry 2: expected one waiver for BDS-102 on kvm01\.example\.net; entry 1 is one already$/,
    ],
    ['a YAML syntax error', '- {\n', /^2:1: /],
  ];
  for (const [what, source, says] of rows) {
    test(what, () => {
      assert.throws(
        () => parse(source),
        (error) => {
          assert.ok(error instanceof UsageError);
          const lines = error.message.split('\n').map((line) => line.replace(/^waivers\.yaml:/, ''));
          assert.ok(
            lines.some((line) => says.test(line)),
            error.message,
          );
          return true;
        },
      );
    });
  }

  test('but not: 365 days, today, a day long ago, one for a subject beside one for all, hosts that only begin alike', () => {
    for (const day of ['2027-11-24', today, '2001-01-01']) assert.equal(parse(entry(`expires: ${day}`))[0]?.expires, day);
    const several = ['owner: a', 'subject: kvm01', 'subject: kvm010', 'subject: vm 7', 'subject: "vm files 01"', 'requirement: BDS-103'];
    assert.equal(parse(several.map((changes) => entry(changes)).join('')).length, several.length);
  });
});

const judgement = (outcome: Outcome, host?: string): Judgement => ({
  ...{ outcome, reason: outcome === 'met' ? '' : `found ${outcome}`, evidence: [] },
  ...(host !== undefined && { subject: { kind: 'host', name: host } }),
});

describe('a judgement', () => {
  test('that is not met is waived until the day is over', () => {
    for (const expires of ['2027-01-01', today]) {
      const { outcome, reason, waiver: applied } = waive(judgement('not-met'), 'BDS-102', [waiver({ expires, ticket: 'CHG-1' })], today);
      assert.equal(outcome, 'waived');
      assert.equal(reason, `Not met, but waived until ${expires} by Jane Doe (a switch was ordered, CHG-1): found not-met`);
      assert.deepEqual(applied, { owner: 'Jane Doe', reason: 'a switch was ordered.', ticket: 'CHG-1', expires, expired: false });
    }
  });

  test('is not met again from the next day on, and says since when', () => {
    const { outcome, reason, fix, waiver: applied } = waive(judgement('not-met'), 'BDS-102', [waiver({ expires: '2026-11-23' })], today);
    assert.equal(outcome, 'not-met');
    assert.equal(reason, 'found not-met Its waiver by Jane Doe (a switch was ordered) is expired since the end of 2026-11-23, UTC.');
    assert.equal(fix, 'To accept the risk for longer, renew the waiver.');
    const mended = { ...judgement('not-met'), fix: 'Mend it.' };
    assert.match(
      waive(mended, 'BDS-102', [waiver({ expires: '2026-11-23' })], today).fix ?? '',
      /^Mend it\. To accept the risk for longer/,
    );
    assert.deepEqual(applied, { owner: 'Jane Doe', reason: 'a switch was ordered.', expires: '2026-11-23', expired: true });
  });

  for (const outcome of ['met', 'undetermined', 'blocked', 'not-applicable'] as const)
    test(`that is ${outcome} stays as it is, expired or not`, () => {
      for (const expires of ['2026-12-31', '2026-01-01']) {
        const before = judgement(outcome, 'kvm01');
        assert.deepEqual(waive(before, 'BDS-102', [waiver({ expires }), waiver({ expires, subject: 'kvm01' })], today), before);
      }
    });

  test('of another requirement or subject stays as it is', () => {
    for (const [before, given] of [
      [judgement('not-met'), waiver({ requirement: 'BDS-103' })],
      [judgement('not-met', 'kvm01.example.net'), waiver({ subject: 'kvm02' })],
      [judgement('not-met', 'kvm010'), waiver({ subject: 'kvm01' })],
      // It is about one thing.
      [judgement('not-met'), waiver({ subject: 'kvm01' })],
    ] as const)
      assert.deepEqual(waive(before, 'BDS-102', [given], today), before);
  });

  test('of a host is covered by its full and its short name, and by a waiver of all', () => {
    for (const subject of ['kvm01', 'kvm01.example.net', undefined])
      assert.equal(waive(judgement('not-met', 'kvm01.example.net'), 'BDS-102', [waiver({ subject })], today).outcome, 'waived');
  });

  test('is covered by what is in force before what is expired, then by what is of its subject alone', () => {
    const all = waiver({ owner: 'all' });
    const own = waiver({ owner: 'own', subject: 'kvm01' });
    const expired = waiver({ owner: 'expired', subject: 'kvm01', expires: '2026-01-01' });
    const expiredForAll = waiver({ owner: 'expired for all', expires: '2026-01-01' });
    for (const [waivers, owner] of [
      [[all, own], 'own'],
      [[all, expired], 'all'],
      [[expiredForAll, own], 'own'],
      [[expiredForAll, expired], 'expired'],
    ] as const)
      for (const given of [waivers, waivers.toReversed()])
        assert.equal(waive(judgement('not-met', 'kvm01'), 'BDS-102', given, today).waiver?.owner, owner);
  });
});

describe('a waiver that covers nothing', () => {
  const requirement = (outcome: Outcome, hosts?: Readonly<Record<string, Outcome>>): Requirement => ({
    ...{ id: 'BDS-102', title: '', severity: 'blocker', feature: '', outcome, reason: '' },
    ...(hosts && { subjects: Object.entries(hosts).map(([name, of]) => ({ kind: 'host' as const, name, outcome: of, reason: '' })) }),
  });
  const said = (given: Waiver, of: Requirement, onlySubject?: string) =>
    idleWaivers([given], { requirements: [of], onlySubject, known: ['BDS-102', 'BDS-501'], judgedOf: () => of.subjects });
  /** Of a VM that is met the verdict has no more than a number. */
  const unlisted = (asked: string) =>
    idleWaivers([waiver({ subject: asked })], {
      ...{ requirements: [{ ...requirement('not-met'), subjects: [], subjectsMet: 1 }], onlySubject: undefined, known: [] },
      judgedOf: () => [{ kind: 'vm', name: 'files01', id: '1', outcome: 'met' }],
    });
  const rows: readonly (readonly [what: string, said: string[], says: RegExp | undefined])[] = [
    ['met, and not listed', unlisted('vm files01'), /is already met there\./],
    ['met, and not listed, by its id', unlisted('vm 1'), /is already met there\./],
    ['no such VM', unlisted('vm files02'), /names a subject that was not checked\. Checked: files01\./],
    [
      'met',
      said(waiver(), requirement('met')),
      /^Unused waiver: BDS-102 is already met\. Remove it from waivers\.yaml\. Owner: Jane Doe\.$/,
    ],
    ['not applicable', said(waiver(), requirement('not-applicable')), / is not applicable\./],
    ['met, and a subject named', said(waiver({ subject: 'kvm01' }), requirement('met')), / is already met\./],
    ['not met, and covered', said(waiver(), requirement('waived')), undefined],
    ['not met, and expired', said(waiver({ expires: '2026-01-01' }), requirement('not-met')), undefined],
    ['nobody could look', said(waiver(), requirement('undetermined')), undefined],
    ['nobody could look at one subject', said(waiver(), requirement('undetermined', { kvm01: 'met', kvm02: 'undetermined' })), undefined],
    ['blocked', said(waiver({ subject: 'kvm01' }), requirement('blocked')), undefined],
    ['nobody could look, and a subject named', said(waiver({ subject: 'kvm01' }), requirement('undetermined')), undefined],
    [
      'met on one of two of that short name',
      said(waiver({ subject: 'kvm01' }), requirement('waived', { 'kvm01.east': 'met', 'kvm01.west': 'waived' })),
      undefined,
    ],
    [
      'met there',
      said(waiver({ subject: 'kvm01' }), requirement('not-met', { 'kvm01.x': 'met', kvm02: 'not-met' })),
      /on kvm01 is already met there\./,
    ],
    ['not met there', said(waiver({ subject: 'kvm02' }), requirement('waived', { kvm01: 'met', kvm02: 'waived' })), undefined],
    [
      'undetermined there',
      said(waiver({ subject: 'kvm02' }), requirement('undetermined', { kvm01: 'met', kvm02: 'undetermined' })),
      undefined,
    ],
    [
      'no such subject',
      said(waiver({ subject: 'kvm03' }), requirement('not-met', { kvm01: 'met', kvm02: 'not-met' })),
      /on kvm03 names a subject that was not checked\. Checked: kvm01, kvm02\. Owner/,
    ],
    [
      'not by subject',
      said(waiver({ subject: 'kvm01' }), requirement('not-met')),
      /not judged subject by subject\. Remove “subject”\. Owner/,
    ],
    ['no such requirement', said(waiver({ requirement: 'BDS-999' }), requirement('met')), /^Unused waiver: BDS-999 is no requirement\./],
    ['no such requirement, one subject judged', said(waiver({ requirement: 'BDS-999' }), requirement('met'), 'kvm01'), /is no requirement/],
    ['of another profile', said(waiver({ requirement: 'BDS-501' }), requirement('met')), undefined],
    ['one subject judged alone', said(waiver(), requirement('met'), 'kvm01'), undefined],
    ['another subject judged alone', said(waiver({ subject: 'kvm02' }), requirement('met', { kvm01: 'met' }), 'kvm01'), undefined],
  ];
  for (const [what, sentences, says] of rows)
    test(`${what}: ${says ? 'is named' : 'nothing is said'}`, () => {
      assert.equal(sentences.length, says ? 1 : 0, sentences.join());
      if (says) assert.match(sentences.join(), says);
    });
});

test('a subject is named by its name or id, behind its kind where it is no host', () => {
  const vm = { kind: 'vm', name: 'files 01', id: '7' } as const;
  for (const asked of ['vm files 01', 'vm 7']) assert.ok(isSubject(vm, asked), asked);
  for (const asked of ['files 01', '7', 'job 7', 'vm 8', 'vm', 'xvm 7']) assert.ok(!isSubject(vm, asked), asked);
  assert.ok(isSubject({ ...vm, name: '5' }, 'vm 7') && !isSubject({ ...vm, name: '7', id: '5' }, 'vm 7'), 'digits are an id, not a name');
  const machine = { kind: 'machine', name: 'frontend01.example.net' } as const;
  for (const asked of ['frontend01', 'frontend01.example.net']) assert.ok(isSubject(machine, asked), asked);
  assert.ok(!isSubject({ kind: 'job', name: 'kvm01' }, 'kvm01'));
  const host = { kind: 'host', name: 'kvm01.example.net', id: '7' } as const;
  for (const asked of ['kvm01', 'kvm01.example.net']) assert.ok(isSubject(host, asked), asked);
  for (const asked of ['7', 'vm 7', 'kvm0', 'host kvm01']) assert.ok(!isSubject(host, asked), asked);
});

describe('verdict.json', () => {
  const applied = { owner: 'a', reason: 'b', expires: '2026-12-31', expired: false };
  const file = (requirement: object) => ({
    ...{ schema: 2, suite: '0.1.0', profile: 'audit', run: '2026-11-23T09-10-00Z-1f3a', verdict: 'compliant', exitCode: 0 },
    ...{ startedAt: '2026-11-23T09:10:00Z', finishedAt: '2026-11-23T09:10:09Z', cloud: { name: 'x', frontend: 'y', openNebula: null } },
    requirements: [{ id: 'BDS-102', title: 'x', severity: 'blocker', feature: 'features/1.feature:7', ...requirement }],
  });
  const gone = { ...applied, expired: true };
  for (const [what, judged, fine] of [
    ['waived', { outcome: 'waived', reason: 'x', trueOutcome: 'not-met', waiver: applied }, true],
    ['waived, without a waiver', { outcome: 'waived', reason: 'x', trueOutcome: 'not-met' }, false],
    ['waived, without the true outcome', { outcome: 'waived', reason: 'x', waiver: applied }, false],
    ['undetermined in truth', { outcome: 'waived', reason: 'x', trueOutcome: 'undetermined', waiver: applied }, false],
    ['waived by one that is expired', { outcome: 'waived', reason: 'x', trueOutcome: 'not-met', waiver: gone }, false],
    ['not met, and the waiver is expired', { outcome: 'not-met', reason: 'x', waiver: gone }, true],
    ['not met, and the waiver is in force', { outcome: 'not-met', reason: 'x', waiver: applied }, false],
    ['met with a true outcome', { outcome: 'met', reason: '', trueOutcome: 'not-met' }, false],
    ['a waiver of nobody', { outcome: 'waived', reason: 'x', trueOutcome: 'not-met', waiver: { ...applied, owner: '' } }, false],
  ] as const)
    test(`${fine ? 'may have' : 'has not'}: ${what}`, () => {
      const subjects = [{ kind: 'host', name: 'kvm01', ...judged }];
      for (const requirement of [judged, { outcome: 'undetermined', reason: 'x', subjects }])
        assert.equal(verdictFile.safeParse(file(requirement)).success, fine);
    });
});
