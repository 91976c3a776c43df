import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { findRun, merge } from '../../support/archive/merge.ts';
import { expired, prune } from '../../support/archive/retention.ts';
import { readVerdict, type Stored } from '../../support/archive/runs.ts';
import { newestOf, status, toStatus } from '../../support/archive/status.ts';
import { UsageError } from '../../support/outcome/errors.ts';
import { example, siteText } from '../../support/site/example.ts';
import type { VerdictFile } from '../../support/verdict/schema.ts';
import { type Outcomes, putSealed, requirement, subject, verdictFile, wholeFile } from '../told.ts';

const HOUR = 3_600_000;
const now = new Date('2026-11-24T12:00:00.000Z');
const ago = (hours: number, of = now) => new Date(of.getTime() - hours * HOUR).toISOString();
/** The name of a run that began so many hours before. */
const runAt = (hours: number, of = now) => `${ago(hours, of).slice(0, 19).replaceAll(':', '-')}Z-1f3a`;
const unmet = { 'BDS-101': 'met', 'BDS-102': 'not-met' } as const;
describe('a status', () => {
  const of = (hours: number, outcomes: Outcomes = unmet, more: Partial<VerdictFile> = {}) =>
    verdictFile(outcomes, { finishedAt: ago(hours), ...more });
  const said = (verdict: VerdictFile) => toStatus(verdict, 24 * HOUR, now);
  const fine = { 'BDS-101': 'met' } as const;

  test('is the verdict, its age, and what is not met since when', () => {
    const dated = of(3.1).requirements.map((each) => ({ ...each, since: '2026-11-20T01:00:00.000Z' }));
    assert.deepEqual(said(of(3.1, unmet, { requirements: dated, runFaults: ['it broke'] })), {
      exitCode: 1,
      lines: [
        'production, front-end frontend01.example.net',
        'audit: NOT COMPLIANT: 1 finding (exit 1), 2026-11-24 08:54 UTC, 3 h 6 min ago',
        '  BDS-102  not met since 2026-11-20: title of BDS-102',
        '  The run itself: it broke',
      ],
    });
  });
  const rows: readonly (readonly [what: string, verdict: VerdictFile, exitCode: number, line: RegExp])[] = [
    ['compliant', of(0, fine), 0, /COMPLIANT \(exit 0\).*, less than 1 min ago/],
    ['compliant and just old enough', of(24, fine), 0, /24 h ago/],
    ['compliant and too old', of(24.1, fine), 5, /older than 24 h \(valid_for\), so it no longer counts \(exit 5\)/],
    ['not compliant and too old', of(100), 5, /4 d 4 h ago/],
    ['undetermined', of(1, { 'BDS-101': 'undetermined' }), 2, /BDS-101 {2}undetermined: title/],
    ['one of nothing', of(1, { 'BDS-101': 'not-applicable' }), 4, /NOTHING EVALUATED/],
    ['interrupted', of(1, { 'BDS-101': 'undetermined' }, { exitCode: 130 }), 130, /exit 130, interrupted/],
    ['of the future', of(-24, fine), 5, /24 h from now[\s\S]*dated in the future[\s\S]*set the clock right[\s\S]*move the folder away/],
    ['of a clock that is a little ahead', of(-0.05, fine), 0, /ago$/m],
  ];
  for (const [what, verdict, exitCode, line] of rows)
    test(`of a verdict that is ${what} ends with ${exitCode}`, () => {
      assert.equal(said(verdict).exitCode, exitCode);
      assert.match(said(verdict).lines.join('\n'), line);
    });
  test('fits on a screen, whatever went wrong', () => {
    const { lines } = said(of(1, Object.fromEntries(Array.from({ length: 40 }, (_, at) => [`BDS-1${at}`, 'not-met' as const]))));
    assert.ok(lines.length <= 20);
    assert.match(lines.join('\n'), /… and 28 more/);
  });
});

test('a status says which waivers are in force, and what does not count', () => {
  const minor = requirement('not-met', { id: 'BDS-106', severity: 'minor' });
  const file = verdictFile([requirement('met'), requirement('waived', { id: 'BDS-102' }), minor], { failOn: 'normal' });
  const { lines, exitCode } = toStatus(file, 86_400_000, new Date(file.finishedAt));
  assert.equal(exitCode, 0);
  assert.match(lines[1] ?? '', /^audit: COMPLIANT WITH 1 WAIVER; findings below normal do not count \(--fail-on\): 1 not met \(exit 0\), /);
  assert.equal(lines[2], '  BDS-106  not met: A title (does not count)');
});

test('a verdict that claims that less counts than it says is garbled', () => {
  const file = verdictFile([requirement('met'), requirement('not-met', { id: 'BDS-106', severity: 'minor' })], { failOn: 'normal' });
  const { failOn: _failOn, ...all } = file;
  for (const [claims, expected] of [
    [file, 'object'],
    [all, 'string'],
    [{ ...file, below: [] }, 'string'],
    [{ ...file, failOn: 'minor' }, 'string'],
  ] as const)
    assert.equal(typeof readVerdict(JSON.stringify(claims)), expected, JSON.stringify(claims));
});

describe('the newest run', () => {
  const of = (...verdicts: Stored[]) =>
    newestOf(
      verdicts.map((_, at) => `${at}`),
      (name) => verdicts[Number(name)] ?? 'none',
      'production',
    );
  const audit = verdictFile(unmet, { run: runAt(2) });
  const gate = verdictFile(unmet, { run: runAt(3), profile: 'gate' });
  for (const more of [
    { onlyRequirements: ['BDS-101'] },
    { onlySubject: 'kvm01' },
    { profile: 'setup' },
    { cloud: { ...audit.cloud, name: 'x' } },
  ])
    test(`is none with ${JSON.stringify(more)}`, () => assert.equal(of(verdictFile({}, more), audit).newest, audit));
  test('is of whichever profile, and the other one is told, too', () => {
    assert.deepEqual([of(audit, gate).newest, of(audit, audit, gate).other], [audit, gate]);
    assert.deepEqual([of(gate, audit).newest, of(gate, audit).other], [gate, audit]);
  });
  test('is not guessed where a newer one cannot be read', () => {
    assert.deepEqual([of('garbled', audit).garbled, of('garbled', audit).newest], ['0', undefined]);
    assert.deepEqual([of(audit, 'garbled').garbled, of(audit, 'garbled').newest], [undefined, audit]);
  });
  test('is not one that has no verdict yet, or an older version’s, which is told', () => {
    const { newest, unfinished, older } = of('none', 'older', audit, 'none', 'older');
    assert.deepEqual([newest, unfinished, older], [audit, ['0'], ['1']]);
  });
});

describe('a run expires', () => {
  const days = (...numbers: number[]) => numbers.map((number) => runAt(24 * number));
  const of = (runs: Readonly<Record<string, Stored>>, keep = { runs: 2, days: 90 }) =>
    expired(Object.keys(runs), (name) => runs[name] ?? 'none', { cloud: 'production', keep, now });
  const all = (verdict: Stored, ...numbers: number[]) => Object.fromEntries(days(...numbers).map((name) => [name, verdict]));
  const [compliant, bad] = [verdictFile(), verdictFile(unmet)];

  test('when it is neither among the newest nor young', () => {
    assert.deepEqual(of(all(compliant, 1, 2, 3, 89, 91, 200)), days(91, 200));
    assert.deepEqual(of(all(compliant, 91, 92, 93)), days(93), 'the newest stay, however old');
    assert.deepEqual(of(all(compliant, 1, 2, 3)), [], 'the young stay, however many');
  });
  test('but not the newest that was not compliant, nor that of the whole cloud', () => {
    assert.deepEqual(of({ ...all(compliant, 1, 2, 3, 91), ...all(bad, 92, 93) }), days(91, 93));
    const recheck = verdictFile(unmet, { onlyRequirements: ['BDS-102'] });
    assert.deepEqual(of({ ...all(compliant, 1, 2, 3), ...all(recheck, 91), ...all(bad, 92, 93) }), days(93));
    assert.deepEqual(of({ ...all(verdictFile({ 'BDS-101': 'met' }, recheck), 1, 2), ...all(compliant, 91, 92) }), days(92));
  });
  test('but not that of another cloud, nor what cannot be read, or not any more', () => {
    const theirs = all(verdictFile({}, { cloud: { ...compliant.cloud, name: 'another' } }), 91);
    assert.deepEqual(
      of({ ...all(compliant, 1, 2), ...theirs, ...all('garbled', 92), ...all('older', 93), ...all(compliant, 94) }),
      days(94),
    );
  });
  test('when it was cut off long ago', () => {
    assert.deepEqual(of(all('none', 1, 8, 89, 91)), days(91));
    assert.deepEqual(of(all('none', 1, 6, 8), { runs: 1, days: 1 }), days(8), 'never one that may be under way');
  });
  test('not, where its name is no date', () =>
    assert.deepEqual(of({ '2026-99-99T99-99-99Z-1f3a': compliant, ...all(compliant, 1, 2) }), []));
  test('and no more is read than needed', () =>
    assert.deepEqual(expired(days(1, 2, 3), assert.fail, { cloud: 'production', keep: { runs: 2, days: 90 }, now }), []));
});

const folder = () => {
  const made = mkdtempSync(join(tmpdir(), 'status-'));
  after(() => rmSync(made, { recursive: true, force: true }));
  return made;
};

/** A reports folder with runs so many hours old. */
function reportsWith(...runs: readonly (readonly [hours: number, verdict: object | string | undefined])[]): string {
  const reports = folder();
  const real = new Date();
  for (const [hours, verdict] of runs) {
    const run = runAt(hours, real);
    const dated = (file: object) => JSON.stringify({ ...file, run, startedAt: ago(hours, real), finishedAt: ago(hours, real) });
    mkdirSync(join(reports, run));
    if (verdict !== undefined) putSealed(join(reports, run), typeof verdict === 'string' ? verdict : dated(verdict));
    rmSync(join(reports, 'latest'), { force: true });
    symlinkSync(run, join(reports, 'latest'));
  }
  return reports;
}

describe('pruning', () => {
  const site = { name: 'production', retention: { runs: 1, days: 1 } };
  const id = runAt(0, new Date());

  test('deletes what has expired, follows no link, and says so in one line', () => {
    const reports = reportsWith(
      [24 * 300, undefined],
      [24 * 200, verdictFile()],
      [24 * 100, verdictFile()],
      [48, verdictFile()],
      [1, verdictFile()],
    );
    const [cutOff = '', old = '', linked = ''] = readdirSync(reports).toSorted();
    for (const file of ['messages.ndjson', 'hdf.json', 'SHA256SUMS', 'SHA256SUMS.sig']) writeFileSync(join(reports, cutOff, file), '');
    const outside = folder();
    writeFileSync(join(outside, 'kept'), '');
    symlinkSync(outside, join(reports, old, 'evidence'));
    rmSync(join(reports, linked), { recursive: true });
    symlinkSync(outside, join(reports, linked));
    const lines = prune(reports, { id, site });
    assert.equal(lines.length, 1, lines.join('\n'));
    assert.match(lines[0] ?? '', /^Deleted 3 runs older than 1 day and not among the newest 1: 2\S+ to 2\S+\.$/);
    assert.ok(!existsSync(join(reports, cutOff)) && !existsSync(join(reports, old)));
    assert.ok(existsSync(join(outside, 'kept')) && existsSync(join(reports, linked, 'kept')));
  });
  test('leaves the newest, and a folder that holds what no run writes', () => {
    const reports = reportsWith([24 * 300, undefined], [24 * 100, verdictFile()]);
    const [odd = ''] = readdirSync(reports).toSorted();
    writeFileSync(join(reports, odd, 'my-notes.txt'), '');
    assert.deepEqual(prune(reports, { id, site }), []);
    assert.ok(existsSync(join(reports, odd, 'my-notes.txt')));
  });
  test('that fails is a line', () =>
    assert.match(prune('/nowhere', { id, site }).join(), /^Old runs were not looked for in \/nowhere: ENOENT/));
});

describe('the command status', () => {
  const run = async (reports: string, site?: string) => {
    const { lines, exitCode } = await status({
      site: site ?? join(reports, 'site.yaml'),
      isNamed: site !== undefined,
      reports,
      now: new Date(),
    });
    return { exitCode, said: lines.join('\n') };
  };
  const production = (reports: string, settings = '') => {
    writeFileSync(join(reports, 'own.yaml'), `${siteText({ ...example, name: 'production' })}${settings}\n`);
    return join(reports, 'own.yaml');
  };
  const others = wholeFile({ 'BDS-101': 'met' }, { cloud: { ...verdictFile().cloud, name: 'another' } });

  test('that says when each hypervisor was proven last, also where an audit came after that gate', async () => {
    const gate = wholeFile({ 'BDS-101': 'met' }, { profile: 'gate' });
    const subjects = [subject('kvm01', 'met', { proven: ago(50, new Date()) }), subject('kvm02', 'undetermined')];
    const proven = gate.requirements.map((each) => (each.id === 'BDS-604' ? { ...each, subjects } : each));
    const line = /^Backup proven \(BDS-604\): kvm02 never; kvm01 \d{4}-\d\d-\d\d \d\d:\d\d UTC \(2 d 2 h ago\)$/m;
    assert.match((await run(reportsWith([1, { ...gate, requirements: proven }]))).said, line);
    assert.match((await run(reportsWith([2, { ...gate, requirements: proven }], [1, wholeFile()]))).said, line);
    assert.doesNotMatch((await run(reportsWith([1, gate]))).said, /Backup proven/);
  });

  test('that counts the proof of a later run of one host, where its seal holds, and it is of the same cloud', async () => {
    const at = (hours: number) => ago(hours, new Date());
    const datastore = { id: '100', hostKey: 'SHA256:ours' };
    const cloud = { ...verdictFile().cloud, datastore };
    const whole = wholeFile({ 'BDS-101': 'met' }, { profile: 'gate', cloud });
    const of = (id: string, more: object) => subject(`kvm0${id}`, 'undetermined', { id, ...more });
    const gate = {
      ...whole,
      requirements: whole.requirements.map((each) =>
        each.id === 'BDS-604' ? { ...each, subjects: [of('1', { proven: at(50) }), of('2', {})] } : each,
      ),
    };
    const proof = { outcome: 'met', tried: at(2), proven: at(2) } as const;
    const partial = (more: Partial<VerdictFile> = {}) =>
      verdictFile([requirement('met', { id: 'BDS-604', subjects: [of('2', proof), of('1', { proven: at(50) })] })], {
        ...{ profile: 'gate', cloud, onlySubject: 'kvm02', onlyRequirements: ['BDS-604'] },
        ...more,
      });
    const proofs = async (later: VerdictFile, change = (_reports: string) => {}) => {
      const reports = reportsWith([3, gate], [2, later]);
      change(reports);
      return /^Backup proven.*$/m.exec((await run(reports)).said)?.[0];
    };
    assert.match((await proofs(partial())) ?? '', /kvm01 \S+ \S+ UTC \(2 d 2 h ago\); kvm02 \S+ \S+ UTC \(2 h ago\)$/);
    for (const other of [
      partial({ cloud: { ...cloud, datastore: { ...datastore, id: '101' } } }),
      partial({ cloud: { ...cloud, frontend: 'frontend09' } }),
    ])
      assert.match((await proofs(other)) ?? '', /: kvm02 never; kvm01 /);
    const added = (reports: string) => writeFileSync(join(reports, readdirSync(reports).toSorted().at(-2) ?? '', 'more'), '');
    assert.match((await proofs(partial(), added)) ?? '', /: kvm02 never; kvm01 /);
  });

  test('ends as the newest run did, says where its report is, and refuses a site file that is faulty or not there', async () => {
    const cwd = reportsWith([3, wholeFile(unmet)]);
    const main = fileURLToPath(new URL('../../bin/main.ts', import.meta.url));
    const typed = (...args: string[]) =>
      spawnSync(process.execPath, [main, 'status', '--reports', cwd, ...args], { encoding: 'utf8', cwd });
    const { status: exitCode, stdout } = typed();
    assert.equal(exitCode, 1, stdout);
    assert.match(stdout, /audit: NOT COMPLIANT[\s\S]*BDS-102 {2}not met[\s\S]*\nReport: \/\S+Z-1f3a\/index\.html\n$/);
    assert.equal(typed('--site', 'none.yaml').status, 3);
    writeFileSync(join(cwd, 'site.yaml'), 'name: x\n');
    assert.equal(typed().status, 3, 'also where it is the default');
  });
  test('goes by valid_for of the site file, and its cloud', async () => {
    const reports = reportsWith([3, wholeFile()], [1, others]);
    assert.equal((await run(reports, production(reports))).exitCode, 0);
    const { exitCode, said } = await run(reports, production(reports, 'valid_for: 2h'));
    assert.equal(exitCode, 5);
    assert.match(said, /older than 2 h[\s\S]*Run: backup-compliance audit --site/);
  });
  test('goes by what the run was told where there is no site file', async () => {
    const validUntil = new Date(Date.now() - 2 * HOUR).toISOString();
    const codes = [
      reportsWith([3, wholeFile({ 'BDS-101': 'met' }, { validUntil })]),
      reportsWith([23, wholeFile()]),
      reportsWith([25, wholeFile()]),
    ];
    assert.deepEqual(await Promise.all(codes.map(async (reports) => (await run(reports)).exitCode)), [5, 0, 5]);
  });
  test('asks which cloud is meant', () =>
    assert.rejects(
      run(reportsWith([3, wholeFile()], [1, others])),
      (error) =>
        error instanceof UsageError && /several clouds \(another, production\)\. Name the one you mean .*: --site FILE/.test(error.message),
    ));
  test('says what to do where there is no run, or none that can be read', async () => {
    for (const reports of [reportsWith(), reportsWith([1, wholeFile({}, { onlyRequirements: ['BDS-101'] })])]) {
      const { exitCode, said } = await run(reports);
      assert.equal(exitCode, 2);
      assert.match(said, /no run of the whole cloud[\s\S]*Run: backup-compliance audit/);
    }
    assert.match((await run('/nowhere')).said, /\/nowhere: the reports folder cannot be read: ENOENT/);
    const { exitCode, said } = await run(reportsWith([3, wholeFile()], [1, '{"verdict":"compliant","exitCode":0}']));
    assert.equal(exitCode, 2);
    assert.match(said, /Z-1f3a\/verdict\.json: it cannot be read, contradicts itself, or differs from its manifest/);
  });
  test('names a run of an older version as that, and goes on', async () => {
    const told = / was written by an older version of the suite \(schema 1\): nothing is known of it\.$/m;
    const [alone, before] = [
      await run(reportsWith([1, { ...wholeFile(), schema: 1 }])),
      await run(reportsWith([3, wholeFile()], [1, { ...wholeFile(), schema: 1 }])),
    ];
    assert.deepEqual([alone.exitCode, before.exitCode], [2, 0]);
    for (const { said } of [alone, before]) assert.match(said, told);
    assert.doesNotMatch((await run(reportsWith([3, { ...wholeFile(), schema: 1 }], [1, wholeFile()]))).said, told);
  });
  test('takes no run for another, and tells of one under way', async () => {
    assert.equal(
      (await run(reportsWith([1, JSON.stringify(wholeFile({ 'BDS-101': 'met' }, { finishedAt: new Date().toISOString() }))]))).exitCode,
      2,
    );
    assert.match(
      (await run(reportsWith([3, wholeFile()], [1, undefined]))).said,
      /^The run \S+ is newer and has no verdict that was sealed \(SHA256SUMS\): it is under way/m,
    );
  });

  describe('believes no verdict.json', () => {
    const [compliant, cut] = [wholeFile(), verdictFile()];
    const later = new Date(Date.now() + 73 * 365 * 24 * HOUR).toISOString();
    const folderOf = (reports: string) => join(reports, readdirSync(reports).find((name) => name.endsWith('-1f3a')) ?? assert.fail());
    const unknown = async (reports: string, why: RegExp) => {
      const { exitCode, said } = await run(reports);
      assert.equal(exitCode, 2, said);
      assert.match(said, why);
      assert.match(said, /Run: backup-compliance audit/);
      const found = merge([findRun(reports)], new Date());
      assert.equal(found.exitCode, 2);
      assert.match(found.faults.join(), /verdict\.json|does not tell of/);
    };

    test('that something was taken out of, however long it says that it counts', async () => {
      const told = /verdict\.json: it does not tell of BDS-102, BDS-103, .*, which an audit checks\./;
      await unknown(reportsWith([1, { ...cut, validUntil: later }]), told);
      // Of a gate that was cut down to its audit no restore is known.
      const gate = { ...compliant, profile: 'gate', requirements: compliant.requirements };
      await unknown(reportsWith([1, gate]), /does not tell of BDS-202, BDS-501, .*, which a gate checks/);
    });
    test('that was changed after it was sealed', async () => {
      const reports = reportsWith([1, { ...wholeFile(unmet) }]);
      const file = join(folderOf(reports), 'verdict.json');
      const verdict = JSON.parse(readFileSync(file, 'utf8')) as VerdictFile;
      assert.equal((await run(reports)).exitCode, 1);
      writeFileSync(
        file,
        JSON.stringify({ ...verdict, ...compliant, run: verdict.run, finishedAt: verdict.finishedAt, validUntil: later }),
      );
      await unknown(reports, /differs from its manifest \(SHA256SUMS\), so nothing is known of the newest run/);
    });
    test('that was never sealed, unless it says so itself', async () => {
      const [reports, told] = [reportsWith([1, compliant]), reportsWith([1, { ...wholeFile(unmet, { runFaults: ['no seal'] }) }])];
      for (const each of [reports, told]) rmSync(join(folderOf(each), 'SHA256SUMS'));
      await unknown(reports, /no run of the whole cloud[\s\S]*has no verdict that was sealed/);
      assert.equal((await run(told)).exitCode, 1);
    });
  });

  describe('of a run folder that is dated in the future', () => {
    const named = /The run folder 2\S+-1f3a is dated in the future: set the clock right; where it is right, move the folder away\./;
    for (const [what, verdict, exitCode] of [
      ['whose verdict is', wholeFile(), 5],
      ['without a verdict', undefined, 0],
      ['whose verdict cannot be read', '{', 2],
    ] as const)
      test(`${what}: it is named, with what to do`, async () => {
        const { said, exitCode: ended } = await run(reportsWith([3, wholeFile()], [-48, verdict]));
        assert.match(said, named);
        assert.equal(ended, exitCode, said);
      });
    test('whose verdict is not', async () => {
      const reports = folder();
      const [real, future] = [new Date(), runAt(-48, new Date())];
      mkdirSync(join(reports, future));
      putSealed(join(reports, future), JSON.stringify({ ...wholeFile(), run: future, finishedAt: real.toISOString() }));
      const { said, exitCode } = await run(reports);
      assert.match(said, named);
      assert.equal(exitCode, 5);
      assert.match(merge([findRun(reports)], real).faults.join(), new RegExp(`${future} .* is dated in the future`));
    });
  });

  test('lets no name of a cloud, a front-end or a requirement steer the terminal', () => {
    const odd = 'a\u001b[2Jb\rc\u009bd\u202ee\u2066f\ng COMPLIANT (exit 0)';
    const [one, ...others] = wholeFile(unmet).requirements.toReversed();
    const requirements = [...others, { ...(one ?? assert.fail()), title: odd, outcome: 'not-met' as const }];
    const reports = reportsWith([
      1,
      verdictFile(requirements, { cloud: { name: odd, frontend: odd, openNebula: null }, runFaults: [odd] }),
    ]);
    const main = fileURLToPath(new URL('../../bin/main.ts', import.meta.url));
    for (const args of [
      ['status', '--reports', reports],
      ['merge', reports, '--reports', join(reports, 'all')],
    ]) {
      const { stdout, stderr } = spawnSync(process.execPath, [main, ...args], { encoding: 'utf8', cwd: reports });
      const told = `${stdout}${stderr}`;
      assert.ok(told.includes('a\ufffd[2Jb c\ufffdd\ufffde\ufffdf g COMPLIANT'), told);
      assert.doesNotMatch(told.replaceAll('\n', ''), /[\p{Cc}\p{Bidi_Control}]/u);
      assert.doesNotMatch(told, /^g COMPLIANT/m);
    }
  });
});
