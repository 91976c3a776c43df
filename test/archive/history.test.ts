import assert from 'node:assert/strict';
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { readHistory } from '../../support/archive/history.ts';
import { earlierVerdicts, isWhole, readVerdict, runsIn, seriesStarts, verdictIn } from '../../support/archive/runs.ts';
import { TREND } from '../../support/report/allure-page.ts';
import type { VerdictFile } from '../../support/verdict/schema.ts';
import { audited, putSealed, Reports, requirement, verdictFile } from '../told.ts';

const day = (number: number) => `2026-11-${number}T09:10:00.000Z`;
const runOf = (number: number) => `2026-11-${number}T09-10-00Z-1f3a`;
const unmet = { 'BDS-101': 'not-met' } as const;

describe('a verdict.json that was written before', () => {
  const read = (more: object) => readVerdict(JSON.stringify({ ...verdictFile(unmet), ...more }));
  test('is read, and what is not known is left out', () => assert.deepEqual(read({ later: 1 }), verdictFile(unmet)));
  for (const [what, fault] of Object.entries({
    'says that all is well where it is not': { verdict: 'compliant', exitCode: 0 },
    'says that all is well and ends otherwise': { verdict: 'compliant' },
    'has an exit code of another verdict': { exitCode: 0 },
    'is of a schema to come': { schema: 3 },
    'is of no schema': { schema: 'x' },
    'has a run that names no folder': { run: '../../etc' },
    'has an outcome that is none': { requirements: [{ ...requirement('met'), outcome: 'fine' }] },
  }))
    test(`is garbled where it ${what}`, () => assert.equal(read(fault), 'garbled'));
  test('is of an older version, whatever else it says', () => assert.equal(read({ schema: 1, requirements: [{ machines: [] }] }), 'older'));
  test('may be that of an interrupted run, whatever it came to', () => assert.equal(typeof read({ exitCode: 130 }), 'object'));
  test('speaks for the cloud where nothing was left out', () => {
    assert.deepEqual([{}, { onlySubject: 'kvm01' }, { onlyRequirements: [] }].map(isWhole), [true, false, false]);
  });
});

describe('a reports folder', () => {
  const reports = mkdtempSync(join(tmpdir(), 'history-'));
  after(() => rmSync(reports, { recursive: true, force: true }));
  const write = (number: number, text: string) => {
    mkdirSync(join(reports, runOf(number)), { recursive: true });
    if (text !== '') putSealed(join(reports, runOf(number)), text);
  };

  test('lists the runs, the newest first, and no links', () => {
    for (const number of [20, 22, 21]) write(number, '');
    symlinkSync(runOf(20), join(reports, runOf(23)));
    mkdirSync(join(reports, 'notes'));
    writeFileSync(join(reports, runOf(24)), '');
    assert.deepEqual(runsIn(reports), [runOf(22), runOf(21), runOf(20)]);
  });
  test('tells what a run said, of this cloud alone, and only of runs before', () => {
    write(19, JSON.stringify({ ...verdictFile(), schema: 1 }));
    write(20, JSON.stringify(verdictFile({}, { startedAt: day(20) })));
    write(21, JSON.stringify(verdictFile()).slice(0, 99));
    const older: string[] = [];
    const of = (name: string, id: string) =>
      [...earlierVerdicts({ reports, id, site: { name } }, (run) => older.push(run))].map(({ startedAt }) => startedAt);
    assert.deepEqual(of('production', runOf(22)), [day(20)]);
    assert.deepEqual(older, [runOf(19)]);
    assert.deepEqual([of('production', runOf(20)), of('another', runOf(22))], [[], []]);
    assert.deepEqual([...earlierVerdicts({ reports: join(reports, 'none'), id: runOf(22), site: { name: 'production' } })], []);
    assert.deepEqual(
      [19, 21, 22].map((number) => verdictIn(join(reports, runOf(number)))),
      ['older', 'garbled', 'none'],
    );
  });
});

describe('the series of an outcome', () => {
  const now = [{ id: 'BDS-101', outcome: 'not-met' as const }];
  const starts = (...earlier: VerdictFile[]) => seriesStarts(now, earlier, day(24)).get('BDS-101');
  const run = (number: number, outcome: 'met' | 'not-met', more: Partial<VerdictFile> = {}) =>
    verdictFile({ 'BDS-101': outcome }, { startedAt: day(number), ...more });
  const recheck = { onlyRequirements: ['BDS-101'] };
  const since = { requirements: [requirement('not-met', { since: day(20) })] };
  const other = verdictFile({ 'BDS-102': 'met' }, { startedAt: day(23), onlyRequirements: ['BDS-102'] });

  for (const [what, began, of] of [
    ['begins now where nothing is known', 24, []],
    ['began with the run before, if that does not know better', 22, [run(22, 'not-met')]],
    ['began when the run before says', 20, [run(22, 'not-met', since)]],
    ['begins now where the run before came to something else', 24, [run(22, 'met'), run(21, 'not-met')]],
    ['is not broken by a run of another requirement', 22, [other, run(22, 'not-met')]],
    ['is not broken by a run of one subject', 22, [run(23, 'met', { onlySubject: 'kvm01' }), run(22, 'not-met')]],
    ['is broken by a recheck of all subjects', 24, [run(23, 'met', recheck), run(22, 'not-met')]],
  ] as const)
    test(what, () => assert.equal(starts(...of), day(began)));

  test('is looked for no further than needed', () => {
    const asked: number[] = [];
    function* earlier() {
      for (const number of [23, 22, 21]) {
        asked.push(number);
        yield run(number, 'not-met');
      }
    }
    seriesStarts(now, earlier(), day(24));
    assert.deepEqual(asked, [23]);
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
    const { message, ...rest } = readHistory(point('1', { testResults: { h: result } })).points[0]?.testResults.h ?? assert.fail();
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
    test(`leaves out a line that ${what}`, () => assert.equal(readHistory(`${point('0')}\n${line}\n`).damaged, 1));
});

describe('a series of runs', () => {
  const runs = new Reports();
  const of = audited({ 'BDS-102': 'not-met' });
  const trends = (folder = runs.folder) => readdirSync(folder).filter((name) => name.startsWith('history-') && name.endsWith('.jsonl'));
  const trend = () => join(runs.folder, trends()[0] ?? assert.fail());
  const points = () => readHistory(readFileSync(trend(), 'utf8')).points;

  test('is remembered over a recheck in between and a renamed scenario', async () => {
    const first = await runs.write({ of });
    const recheck = of
      .filter(({ id }) => id === 'BDS-101')
      .map((each) => requirement('undetermined', { ...each, outcome: 'undetermined' }));
    await runs.write({ of: recheck, more: { onlyRequirements: ['BDS-101'] } });
    assert.equal(points().length, 1, 'a recheck is no point of the trend');
    const last = await runs.write({ of: of.map((each) => ({ ...each, title: each.title.replace('Every', 'Each') })) });
    const sinceOf = (id: string) => last.file.requirements.find((each) => each.id === id)?.since;
    assert.deepEqual([sinceOf('BDS-102'), sinceOf('BDS-103')], [first.file.startedAt, first.file.startedAt]);
    assert.equal(sinceOf('BDS-101'), last.file.startedAt, 'the recheck judged it otherwise');
    const [before, now, ...others] = points();
    assert.ok(before && now && others.length === 0);
    assert.deepEqual(Object.keys(now.testResults).sort(), Object.keys(before.testResults).sort(), 'Allure knows the renamed one again');
    const html = readFileSync(join(runs.latest, 'allure.html'), 'utf8');
    const embedded = [...html.matchAll(/[A-Za-z0-9+/=]{64,}/g)].map(([base64]) => Buffer.from(base64, 'base64').toString()).join('\n');
    assert.ok(embedded.includes(before.uuid), 'the report shows the run before');
    assert.match(readFileSync(join(runs.latest, 'index.html'), 'utf8'), />not met<\/span><span class="since">since \d{4}/);
  });

  test('begins anew after runs of an older version, and says so', async () => {
    const after = new Reports();
    const old = await after.write({ of, more: { allure: false } });
    const file = join(after.folder, old.file.run, 'verdict.json');
    writeFileSync(file, readFileSync(file, 'utf8').replace('"schema": 2', '"schema": 1'));
    const { file: now, remarks } = await after.write({ of, more: { allure: false } });
    assert.equal(now.requirements[0]?.since, now.startedAt);
    assert.deepEqual(remarks, [
      `The run ${old.file.run} was written by an older version of the suite (schema 1): no series of outcomes reaches back to it.`,
    ]);
    assert.deepEqual((await after.write({ of, more: { allure: false } })).remarks, [], 'it is asked no more');
  });

  test('has a trend for each cloud and profile', async () => {
    const others = new Reports();
    await others.write({ name: 'other/../cloud' });
    await others.write({ more: { profile: 'setup' } });
    assert.deepEqual(
      trends(others.folder)
        .map((name) => name.replace(/[0-9a-f]{8}/, '#'))
        .sort(),
      ['history-other-cloud-#-audit.jsonl', 'history-production-#-setup.jsonl'],
    );
  });

  test('leaves no more behind than it is told to', async () => {
    const old = join(runs.folder, '2026-01-01T00-00-00Z-1f3a');
    mkdirSync(old);
    putSealed(old, JSON.stringify(verdictFile()));
    const { remarks } = await runs.write({ of, settings: 'retention: { runs: 2 }', more: { allure: false } });
    assert.deepEqual(remarks, ['Deleted 1 run older than 90 days and not among the newest 2: 2026-01-01T00-00-00Z-1f3a.']);
    assert.ok(!existsSync(old));
  });

  test('whose history is damaged, or no file, goes on, and says so', async () => {
    const file = trend();
    appendFileSync(file, '{"uuid":"x","testResults":{"a":nu');
    const damaged = await runs.write({ of });
    assert.deepEqual([damaged.file.exitCode, damaged.file.runFaults], [1, undefined]);
    assert.match(
      damaged.remarks.join(),
      /1 of its lines is no record of a run\. It is kept as history-production-\w+-audit\.jsonl\.damaged/,
    );
    assert.equal(points().length, 3);
    assert.match(readFileSync(`${file}.damaged`, 'utf8'), /"a":nu$/);
    for (const name of [file, `${file}.damaged`]) rmSync(name);
    mkdirSync(file);
    const { file: fine, remarks } = await runs.write();
    assert.equal(fine.exitCode, 0);
    assert.match(remarks.join(), /The trend lacks runs: .* the suite did not write it/);
    assert.equal(points().length, 1);
  });
});
