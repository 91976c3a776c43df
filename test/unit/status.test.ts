import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { expired, prune } from '../../support/archive/retention.ts';
import type { StoredVerdict } from '../../support/archive/runs.ts';
import { newestOf, toStatus } from '../../support/archive/status.ts';
import type { Outcome } from '../../support/outcome/outcome.ts';
import { example, siteText } from '../../support/site/example.ts';
import { storedVerdict } from './made.ts';

const HOUR = 3_600_000;
const now = new Date('2026-11-24T12:00:00.000Z');
const ago = (hours: number, of = now) => new Date(of.getTime() - hours * HOUR).toISOString();
/** The name of a run that began so many hours before. */
const runAt = (hours: number, of = now) => `${ago(hours, of).slice(0, 19).replaceAll(':', '-')}Z-1f3a`;
const unmet: Readonly<Record<string, Outcome>> = { 'BDS-101': 'met', 'BDS-102': 'not-met' };

describe('a status', () => {
  const of = (hours: number, more: object = {}, outcomes = unmet) => storedVerdict(outcomes, { finishedAt: ago(hours), ...more });
  const said = (verdict: StoredVerdict) => toStatus(verdict, 24 * HOUR, now);

  test('is the verdict, its age, and what is not met since when', () => {
    const { requirements } = of(3);
    const since = requirements.map((each) => ({ ...each, since: '2026-11-20T01:00:00.000Z' }));
    assert.deepEqual(said(of(3.1, { requirements: since })), {
      exitCode: 1,
      lines: [
        'production, front-end frontend01.example.net',
        'audit: NOT COMPLIANT (exit 1), 2026-11-24 08:54 UTC, 3 h 6 min ago',
        '  BDS-102  not met since 2026-11-20: title of BDS-102',
      ],
    });
  });
  const codes: readonly (readonly [what: string, verdict: StoredVerdict, exitCode: number, line: RegExp])[] = [
    ['compliant', of(0, {}, { 'BDS-101': 'met' }), 0, /COMPLIANT \(exit 0\).*, 0 min ago/],
    ['compliant and just old enough', of(24, {}, { 'BDS-101': 'met' }), 0, /24 h ago/],
    ['compliant and too old', of(24.1, {}, { 'BDS-101': 'met' }), 5, /older than 24 h \(valid_for\), so it counts no longer \(exit 5\)/],
    ['not compliant and too old', of(100), 5, /4 days 4 h ago/],
    ['undetermined', of(1, {}, { 'BDS-101': 'undetermined' }), 2, /BDS-101 {2}undetermined: title/],
    ['one of nothing', of(1, {}, { 'BDS-101': 'not-applicable' }), 4, /NOTHING EVALUATED/],
    ['interrupted', of(1, { exitCode: 130 }, { 'BDS-101': 'undetermined' }), 130, /exit 130, interrupted/],
    ['of the future', of(-24, {}, { 'BDS-101': 'met' }), 5, /24 h from now[\s\S]*in the future[\s\S]*set the clock right/],
    ['of a clock that is a little ahead', of(-0.05, {}, { 'BDS-101': 'met' }), 0, /ago$/m],
  ];
  for (const [what, verdict, exitCode, line] of codes) {
    test(`of a verdict that is ${what} ends with ${exitCode}`, () => {
      assert.equal(said(verdict).exitCode, exitCode);
      assert.match(said(verdict).lines.join('\n'), line);
    });
  }
  test('fits on a screen, whatever went wrong', () => {
    const many = Object.fromEntries(Array.from({ length: 40 }, (_, at) => [`BDS-1${at}`, 'not-met' as const]));
    assert.ok(said(of(1, {}, many)).lines.length <= 20);
    assert.match(said(of(1, {}, many)).lines.join('\n'), /… and 28 more/);
  });
});

describe('the newest run', () => {
  const of = (...verdicts: (StoredVerdict | 'none' | 'garbled')[]) => {
    const names = verdicts.map((_, at) => `${at}`);
    return newestOf(names, (name) => verdicts[Number(name)] ?? 'none', 'production');
  };
  const audit = storedVerdict(unmet, { run: runAt(2) });
  const gate = storedVerdict(unmet, { run: runAt(3), profile: 'gate' });
  const partial = {
    'of one requirement': { onlyRequirements: ['BDS-101'] },
    'on one machine': { onlyMachine: 'kvm01' },
    'that sets up': { profile: 'setup' },
  };
  for (const [what, more] of Object.entries(partial))
    test(`is none ${what}`, () => assert.equal(of(storedVerdict({}, more), audit).newest, audit));
  test('is none of another cloud', () =>
    assert.equal(of(storedVerdict({}, { cloud: { ...audit.cloud, name: 'another' } }), audit).newest, audit));
  test('is of whichever profile, and the other one is told, too', () => {
    assert.deepEqual([of(audit, gate).newest, of(audit, audit, gate).other], [audit, gate]);
    assert.deepEqual([of(gate, audit).newest, of(gate, audit).other], [gate, audit]);
  });
  test('is not guessed where a newer one cannot be read', () => {
    assert.deepEqual([of('garbled', audit).garbled, of('garbled', audit).newest], ['0', undefined]);
    assert.deepEqual([of(audit, 'garbled').garbled, of(audit, 'garbled').newest], [undefined, audit]);
  });
  test('is not one that has no verdict yet, which is told', () => assert.deepEqual(of('none', audit, 'none').unfinished, ['0']));
});

describe('a run expires', () => {
  const cloud = 'production';
  const other = { ...storedVerdict().cloud, name: 'another' };
  const days = (...numbers: number[]) => numbers.map((number) => runAt(24 * number));
  const of = (runs: Readonly<Record<string, ReturnType<typeof storedVerdict> | 'none' | 'garbled'>>, keep = { runs: 2, days: 90 }) =>
    expired(Object.keys(runs), (name) => runs[name] ?? 'none', { cloud, keep, now });
  const all = (verdict: StoredVerdict | 'none' | 'garbled', ...numbers: number[]) =>
    Object.fromEntries(days(...numbers).map((name) => [name, verdict]));
  const compliant = storedVerdict();

  test('when it is neither among the newest nor young', () => {
    assert.deepEqual(of(all(compliant, 1, 2, 3, 89, 91, 200)), days(91, 200));
    assert.deepEqual(of(all(compliant, 91, 92, 93)), days(93), 'the newest stay, however old');
    assert.deepEqual(of(all(compliant, 1, 2, 3)), [], 'the young stay, however many');
  });
  test('but not the newest that was not compliant', () => {
    const bad = storedVerdict(unmet);
    assert.deepEqual(of({ ...all(compliant, 1, 2, 3, 91), ...all(bad, 92, 93) }), days(91, 93));
    const recheck = storedVerdict(unmet, { onlyRequirements: ['BDS-102'] });
    assert.deepEqual(
      of({ ...all(compliant, 1, 2, 3), ...all(recheck, 91), ...all(bad, 92, 93) }),
      days(93),
      'nor the newest of the whole cloud',
    );
  });
  test('but not the newest of the whole cloud', () => {
    const recheck = storedVerdict({ 'BDS-101': 'met' }, { onlyRequirements: ['BDS-101'] });
    assert.deepEqual(of({ ...all(recheck, 1, 2), ...all(compliant, 91, 92) }), days(92));
  });
  test('but not that of another cloud, nor what cannot be read', () => {
    const theirs = storedVerdict({}, { cloud: other });
    assert.deepEqual(of({ ...all(compliant, 1, 2), ...all(theirs, 91), ...all('garbled', 92), ...all(compliant, 93) }), days(93));
  });
  test('when it was cut off long ago', () => {
    assert.deepEqual(of(all('none', 1, 8, 89, 91)), days(91));
    assert.deepEqual(of(all('none', 1, 6, 8), { runs: 1, days: 1 }), days(8), 'never one that may be under way');
  });
  test('not, where its name is no date', () =>
    assert.deepEqual(of({ '2026-99-99T99-99-99Z-1f3a': compliant, ...all(compliant, 1, 2) }), []));
  test('and no more is read than needed', () => {
    const read: string[] = [];
    expired(
      days(1, 2, 3),
      (name) => {
        read.push(name);
        return compliant;
      },
      { cloud, keep: { runs: 2, days: 90 }, now },
    );
    assert.deepEqual(read, []);
  });
});

/** A reports folder with runs so many hours old. */
function reportsWith(...runs: readonly (readonly [hours: number, verdict: StoredVerdict | string | undefined])[]): string {
  const reports = mkdtempSync(join(tmpdir(), 'status-'));
  after(() => rmSync(reports, { recursive: true, force: true }));
  const real = new Date();
  for (const [hours, verdict] of runs) {
    const run = runAt(hours, real);
    mkdirSync(join(reports, run));
    const file = join(reports, run, 'verdict.json');
    if (typeof verdict === 'string') writeFileSync(file, verdict);
    else if (verdict) writeFileSync(file, JSON.stringify({ ...verdict, run, startedAt: ago(hours, real), finishedAt: ago(hours, real) }));
    rmSync(join(reports, 'latest'), { force: true });
    symlinkSync(run, join(reports, 'latest'));
  }
  return reports;
}

describe('pruning', () => {
  const retention = { runs: 1, days: 1 };
  const site = { name: 'production', retention };
  const id = runAt(0, new Date());

  test('deletes what has expired, follows no link, and says so in one line', () => {
    const reports = reportsWith(
      [24 * 300, undefined],
      [24 * 200, storedVerdict()],
      [24 * 100, storedVerdict()],
      [48, storedVerdict()],
      [1, storedVerdict()],
    );
    const names = spawnSync('ls', [reports], { encoding: 'utf8' }).stdout.split('\n');
    const [cutOff = '', old = '', linked = ''] = names;
    for (const file of ['messages.ndjson', 'hdf.json', 'SHA256SUMS', 'SHA256SUMS.sig']) writeFileSync(join(reports, cutOff, file), '');
    const outside = mkdtempSync(join(tmpdir(), 'status-'));
    after(() => rmSync(outside, { recursive: true, force: true }));
    writeFileSync(join(outside, 'kept'), '');
    symlinkSync(outside, join(reports, old, 'evidence'));
    rmSync(join(reports, linked), { recursive: true });
    symlinkSync(outside, join(reports, linked));
    const lines = prune(reports, { id, site });
    assert.deepEqual(lines.length, 1, lines.join('\n'));
    assert.match(lines[0] ?? '', /^Deleted 3 runs older than 1 day and not among the newest 1: 2\S+ to 2\S+\.$/);
    assert.ok(!existsSync(join(reports, cutOff)) && !existsSync(join(reports, old)));
    assert.ok(existsSync(join(outside, 'kept')) && existsSync(join(reports, linked, 'kept')));
  });
  test('leaves the newest, and a folder that holds what no run writes', () => {
    const reports = reportsWith([24 * 300, undefined], [24 * 100, storedVerdict()]);
    const [odd = ''] = spawnSync('ls', [reports], { encoding: 'utf8' }).stdout.split('\n');
    writeFileSync(join(reports, odd, 'my-notes.txt'), '');
    assert.deepEqual(prune(reports, { id, site }), []);
    assert.ok(existsSync(join(reports, odd, 'my-notes.txt')));
  });
  test('that fails is a line', () => {
    assert.match(prune('/nowhere', { id, site }).join(), /^Old runs were not looked for in \/nowhere: ENOENT/);
  });
});

describe('the command status', () => {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const run = (reports: string, ...args: string[]) => {
    const { status, stdout, stderr } = spawnSync(join(root, 'bin/backup-compliance'), ['status', '--reports', reports, ...args], {
      encoding: 'utf8',
      cwd: reports,
    });
    return { status, said: `${stdout}${stderr}` };
  };
  const production = (reports: string, settings = '') => {
    writeFileSync(join(reports, 'site.yaml'), `${siteText({ ...example, name: 'production' })}${settings}\n`);
    return join(reports, 'site.yaml');
  };
  const others = storedVerdict({ 'BDS-101': 'met' }, { cloud: { ...storedVerdict().cloud, name: 'another' } });

  test('ends as the newest run did, and says where its report is', () => {
    const reports = reportsWith([3, storedVerdict(unmet)]);
    const { status, said } = run(reports);
    assert.equal(status, 1, said);
    assert.match(said, /audit: NOT COMPLIANT[\s\S]*BDS-102 {2}not met[\s\S]*\nReport: \/\S+Z-1f3a\/index\.html\n$/);
  });
  test('goes by valid_for of the site file, and its cloud', () => {
    const reports = reportsWith([3, storedVerdict()], [1, others]);
    assert.equal(run(reports, '--site', production(reports)).status, 0);
    const { status, said } = run(reports, '--site', production(reports, 'valid_for: 2h'));
    assert.equal(status, 5);
    assert.match(said, /older than 2 h[\s\S]*Run: npx backup-compliance audit --site/);
  });
  test('goes by what the run was told where there is no site file', () => {
    const validUntil = new Date(Date.now() - 2 * HOUR).toISOString();
    assert.equal(run(reportsWith([3, storedVerdict({ 'BDS-101': 'met' }, { validUntil })])).status, 5);
    assert.equal(run(reportsWith([23, storedVerdict()])).status, 0);
    assert.equal(run(reportsWith([25, storedVerdict()])).status, 5);
  });
  test('asks which cloud is meant', () => {
    const { status, said } = run(reportsWith([3, storedVerdict()], [1, others]));
    assert.equal(status, 3);
    assert.match(said, /several clouds \(another, production\)\. Name the one you mean by its site file: --site FILE/);
  });
  test('says what to do where there is no run', () => {
    for (const reports of [reportsWith(), reportsWith([1, storedVerdict({}, { onlyRequirements: ['BDS-101'] })])]) {
      const { status, said } = run(reports);
      assert.equal(status, 2);
      assert.match(said, /no run that looked at the whole cloud[\s\S]*Run: npx backup-compliance audit/);
    }
    assert.match(run(tmpdir(), '--reports', '/nowhere').said, /\/nowhere: the reports folder cannot be read: ENOENT/);
  });
  test('names the file that cannot be read', () => {
    const { status, said } = run(reportsWith([3, storedVerdict()], [1, '{"verdict":"compliant","exitCode":0}']));
    assert.equal(status, 2);
    assert.match(said, /Z-1f3a\/verdict\.json: it cannot be read, or does not agree with itself/);
  });
  test('takes no run for another', () => {
    const reports = reportsWith([1, JSON.stringify(storedVerdict({ 'BDS-101': 'met' }, { finishedAt: new Date().toISOString() }))]);
    assert.equal(run(reports).status, 2);
  });
  test('refuses a site file that is faulty or not there', () => {
    const reports = reportsWith([3, storedVerdict()]);
    assert.equal(run(reports, '--site', 'none.yaml').status, 3);
    writeFileSync(join(reports, 'site.yaml'), 'name: x\n');
    assert.equal(run(reports).status, 3, 'also where it is the default');
  });
});
