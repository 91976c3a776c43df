import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { readHistory, TREND } from '../../support/archive/history.ts';
import { earlierVerdicts, isWhole, readVerdict, runsIn, seriesStarts, verdictIn } from '../../support/archive/runs.ts';
import { toTable } from '../../support/report/terminal.ts';
import { storedVerdict } from './made.ts';

const reports = mkdtempSync(join(tmpdir(), 'history-'));
after(() => rmSync(reports, { recursive: true, force: true }));
const day = (number: number) => `2026-11-${number}T09:10:00.000Z`;
const runOf = (number: number) => `2026-11-${number}T09-10-00Z-1f3a`;

describe('a verdict.json that was written before', () => {
  test('is read, and what is not known stays in it', () => {
    assert.deepEqual(readVerdict(JSON.stringify(storedVerdict({ 'BDS-101': 'not-met' }, { later: 1 })))?.later, 1);
  });
  const faults: Readonly<Record<string, object>> = {
    'says that all is well where it is not': { verdict: 'compliant', exitCode: 0 },
    'says that all is well and ends otherwise': { verdict: 'compliant' },
    'has an exit code of another verdict': { exitCode: 0 },
    'is of another schema': { schema: 2 },
    'has a run that names no folder': { run: '../../etc' },
    'has an outcome that is none': { requirements: [{ ...storedVerdict().requirements[0], outcome: 'fine' }] },
  };
  for (const [what, fault] of Object.entries(faults)) {
    test(`is none where it ${what}`, () =>
      assert.equal(readVerdict(JSON.stringify(storedVerdict({ 'BDS-101': 'not-met' }, fault))), undefined));
  }
  test('may be that of an interrupted run, whatever it came to', () => {
    assert.equal(readVerdict(JSON.stringify(storedVerdict({ 'BDS-101': 'met' }, { exitCode: 130 })))?.exitCode, 130);
  });
  test('speaks for the cloud where nothing was left out', () => {
    assert.ok(isWhole(storedVerdict()));
    assert.ok(!isWhole(storedVerdict({}, { onlyMachine: 'kvm01' })));
    assert.ok(!isWhole(storedVerdict({}, { onlyRequirements: [] })));
  });
});

describe('a reports folder', () => {
  test('lists the runs, the newest first, and no links', () => {
    for (const number of [20, 22, 21]) mkdirSync(join(reports, runOf(number)));
    symlinkSync(runOf(20), join(reports, runOf(23)));
    mkdirSync(join(reports, 'notes'));
    writeFileSync(join(reports, runOf(24)), '');
    assert.deepEqual(runsIn(reports), [runOf(22), runOf(21), runOf(20)]);
  });
  test('tells what a run said, of this cloud alone, and only of runs before', () => {
    writeFileSync(join(reports, runOf(20), 'verdict.json'), JSON.stringify(storedVerdict({ 'BDS-101': 'met' }, { startedAt: day(20) })));
    writeFileSync(join(reports, runOf(21), 'verdict.json'), JSON.stringify(storedVerdict()).slice(0, 99));
    const of = (name: string, id: string) => [...earlierVerdicts({ reports, id, site: { name } })].map(({ startedAt }) => startedAt);
    assert.deepEqual(of('production', runOf(22)), [day(20)]);
    assert.deepEqual(of('production', runOf(20)), []);
    assert.deepEqual(of('another', runOf(22)), []);
    assert.deepEqual([...earlierVerdicts({ reports: join(reports, 'none'), id: runOf(22), site: { name: 'production' } })], []);
    assert.equal(verdictIn(join(reports, runOf(21))), 'garbled');
    assert.equal(verdictIn(join(reports, runOf(22))), 'none');
  });
});

describe('the series of an outcome', () => {
  const now = [{ id: 'BDS-101', outcome: 'not-met' as const }];
  const starts = (...earlier: Parameters<typeof seriesStarts>[1][]) =>
    seriesStarts(
      now,
      earlier.flatMap((each) => [...each]),
      day(24),
    ).get('BDS-101');
  const run = (number: number, outcome: 'met' | 'not-met', more: object = {}) => [
    storedVerdict({ 'BDS-101': outcome }, { startedAt: day(number), ...more }),
  ];
  const other = [storedVerdict({ 'BDS-102': 'met' }, { startedAt: day(23), onlyRequirements: ['BDS-102'] })];

  test('begins now where nothing is known', () => assert.equal(starts(), day(24)));
  test('began with the run before, if that does not know better', () => assert.equal(starts(run(22, 'not-met')), day(22)));
  test('began when the run before says', () => {
    const since = { requirements: storedVerdict({ 'BDS-101': 'not-met' }).requirements.map((each) => ({ ...each, since: day(20) })) };
    assert.equal(starts(run(22, 'not-met', since)), day(20));
  });
  test('begins now where the run before came to something else', () => assert.equal(starts(run(22, 'met'), run(21, 'not-met')), day(24)));
  test('is not broken by a run of another requirement', () => assert.equal(starts(other, run(22, 'not-met')), day(22)));
  test('is not broken by a run on one machine', () =>
    assert.equal(starts(run(23, 'met', { onlyMachine: 'kvm01' }), run(22, 'not-met')), day(22)));
  test('is broken by a recheck on all machines', () =>
    assert.equal(starts(run(23, 'met', { onlyRequirements: ['BDS-101'] }), run(22, 'not-met')), day(24)));
  test('is looked for no further than needed', () => {
    const asked: number[] = [];
    function* earlier() {
      for (const number of [23, 22, 21]) {
        asked.push(number);
        yield* run(number, 'not-met');
      }
    }
    seriesStarts(now, earlier(), day(24));
    assert.deepEqual(asked, [23]);
  });

  test('stands on the terminal where something wants doing, and is older than the run', () => {
    const { requirements } = storedVerdict({ 'BDS-101': 'not-met', 'BDS-102': 'undetermined', 'BDS-103': 'met', 'BDS-104': 'not-met' });
    const dated = requirements.map((each) => ({ ...each, since: each.id === 'BDS-104' ? day(24) : day(20) }));
    const verdict = { verdict: 'not-compliant', exitCode: 1, requirements: dated, runFaults: [] } as const;
    const text = toTable(
      verdict,
      { cloud: 'c', frontend: 'f', profile: 'audit', report: 'r', startedAt: day(24), remarks: ['One more thing.'] },
      120,
    );
    const told = stripVTControlCharacters(text)
      .split('\n')
      .filter((line) => line.includes('since'));
    assert.deepEqual(
      told.map((line) => line.replaceAll(/\s+/g, ' ')),
      ['BDS-101 NOT MET title of BDS-101 (since 2026-11-20)', 'BDS-102 UNDETERMINED title of BDS-102 (since 2026-11-20)'],
    );
    assert.match(text, /^One more thing\.$/m);
  });
});

describe('the trend', () => {
  const point = (uuid: string, more: object = {}) =>
    JSON.stringify({ uuid, name: 'x', timestamp: 1, knownTestCaseIds: [], testResults: {}, metrics: {}, url: '', ...more });
  const result = { id: '1', name: 'x', historyId: 'h', status: 'failed', url: '', message: 'a'.repeat(1000), trace: 'b', labels: [] };
  test('keeps the newest runs', () => {
    const { points, damaged } = readHistory(Array.from({ length: TREND + 5 }, (_, at) => point(`${at}`)).join('\n'));
    assert.deepEqual([points.length, points[0]?.uuid, points.at(-1)?.uuid, damaged], [TREND, '5', `${TREND + 4}`, 0]);
  });
  test('keeps no more of a result than it shows', () => {
    const { points } = readHistory(point('1', { testResults: { h: result } }));
    const { message, ...rest } = points[0]?.testResults.h ?? assert.fail();
    assert.equal(message?.length, 300);
    assert.deepEqual(rest, { id: '1', name: 'x', historyId: 'h', status: 'failed', url: '' });
  });
  for (const [what, line] of Object.entries({
    'is cut off': point('1').slice(0, -9),
    'would be fetched from elsewhere': point('1', { url: 'https://example.net/' }),
    'has a time that is none': point('1', { timestamp: 1e17 }),
    'has a status that is none': point('1', { testResults: { h: { ...result, status: 'fine' } } }),
    'names another file': point('../1'),
  }))
    test(`leaves out a line that ${what}`, () => assert.deepEqual(readHistory(`${point('0')}\n${line}\n`).damaged, 1));
});
