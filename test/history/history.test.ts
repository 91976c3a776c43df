import assert from 'node:assert/strict';
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { readHistory } from '../../support/archive/history.ts';
import { storedVerdict } from '../unit/made.ts';
import { Runs } from './runs.ts';

const runs = new Runs();
after(() => runs.remove());
const unmet = { outcomes: { 'BDS-102': 'not-met' } } as const;
const sinceOf = (id: string) => runs.latest().requirements.find((requirement) => requirement.id === id)?.since;
const trend = () => readdirSync(runs.reports).filter((name) => name.startsWith('history-') && name.endsWith('.jsonl'));
const points = () => readHistory(readFileSync(join(runs.reports, trend()[0] ?? assert.fail()), 'utf8')).points;

describe('a series of runs', () => {
  test('is remembered over a recheck in between and a renamed scenario', async () => {
    const first = await runs.run(unmet);
    assert.doesNotMatch(first.stdout, /since/);
    const recheck = await runs.run({ outcomes: { 'BDS-101': 'undetermined' }, args: ['--tags', '@BDS-101'] });
    assert.deepEqual(recheck.verdict.onlyRequirements, ['BDS-101']);
    assert.equal(points().length, 1, 'a recheck is no point of the trend');

    const feature = join(runs.folder, 'features/1-passwordless-login.feature');
    writeFileSync(feature, readFileSync(feature, 'utf8').replace('Every hypervisor host logs in', 'All hypervisor hosts log in'));
    const last = await runs.run(unmet);
    assert.equal(last.exitCode, 1);
    assert.equal(sinceOf('BDS-102'), first.verdict.startedAt);
    assert.equal(sinceOf('BDS-103'), first.verdict.startedAt);
    assert.equal(sinceOf('BDS-101'), last.verdict.startedAt, 'the recheck judged it otherwise');
    assert.match(last.stdout, /BDS-102 {2}NOT MET +All hypervisor hosts log in .* \(since \d{4}-\d\d-\d\d\)/);

    const [before, now, ...others] = points();
    assert.ok(before && now && others.length === 0);
    assert.deepEqual(Object.keys(now.testResults).sort(), Object.keys(before.testResults).sort(), 'Allure knows the renamed one again');
    const html = readFileSync(join(runs.reports, 'latest/index.html'), 'utf8');
    const embedded = [...html.matchAll(/[A-Za-z0-9+/=]{64,}/g)].map(([base64]) => Buffer.from(base64, 'base64').toString()).join('\n');
    assert.ok(embedded.includes(before.uuid), 'the report shows the run before');
    assert.match(html, /not met<\/span> \(blocker, since \d{4}/);
    assert.deepEqual(
      readdirSync(join(runs.reports, 'latest')).filter((name) => name.startsWith('.')),
      [],
    );
  });

  test('has a trend for each cloud and profile', async () => {
    await runs.run({ name: 'other/../cloud', reports: join(runs.folder, 'others') });
    await runs.run({ profile: 'setup', reports: join(runs.folder, 'others') });
    const files = readdirSync(join(runs.folder, 'others')).filter((name) => name.startsWith('history-'));
    assert.deepEqual(files.map((name) => name.replace(/[0-9a-f]{8}/, '#')).sort(), [
      'history-other-cloud-#-audit.jsonl',
      'history-production-#-setup.jsonl',
    ]);
  });

  test('leaves no more behind than it is told to', async () => {
    const old = join(runs.reports, '2026-01-01T00-00-00Z-1f3a');
    mkdirSync(old);
    writeFileSync(join(old, 'verdict.json'), JSON.stringify(storedVerdict()));
    const { stdout } = await runs.run({ ...unmet, settings: 'retention: { runs: 2 }' });
    assert.match(stdout, /^Deleted 1 run older than 90 days and not among the newest 2: 2026-01-01T00-00-00Z-1f3a\.$/m);
    assert.ok(!existsSync(old));
  });

  test('whose history is damaged goes on, and says so', async () => {
    const [file = ''] = trend();
    appendFileSync(join(runs.reports, file), '{"uuid":"x","testResults":{"a":nu');
    const { exitCode, stdout, verdict } = await runs.run(unmet);
    assert.equal(exitCode, 1);
    assert.equal(verdict.runFaults, undefined);
    assert.match(
      stdout.replaceAll('\n', ' '),
      /1 of its lines is no record of a run\. It is kept as history-production-\w+-audit\.jsonl\.damaged/,
    );
    assert.equal(points().length, 4);
    assert.match(readFileSync(join(runs.reports, `${file}.damaged`), 'utf8'), /"a":nu$/);
  });

  test('whose history is no file goes on, and says so', async () => {
    const [file = ''] = trend();
    rmSync(join(runs.reports, file));
    rmSync(join(runs.reports, `${file}.damaged`));
    mkdirSync(join(runs.reports, file));
    const { exitCode, stdout } = await runs.run();
    assert.equal(exitCode, 0);
    assert.match(stdout.replaceAll('\n', ' '), /The trend lacks runs: .* it is nothing that the suite wrote/);
    assert.equal(points().length, 1);
  });
});
