import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { VerdictFile } from '../../support/archive/files.ts';
import type { MergedVerdict } from '../../support/archive/merge.ts';
import { allureOutcomes, allureResults, junitOutcomes } from '../verdict/languages.ts';
import { Runs } from './runs.ts';

const runs = new Runs();
after(() => runs.remove());
const docs = new URL('../../docs/', import.meta.url);
const schema = (name: string) => JSON.parse(readFileSync(new URL(name, docs), 'utf8'));
const ajv = new Ajv2020();
addFormats.default(ajv);
const validate = ajv.addSchema(schema('verdict.schema.json'), 'verdict.schema.json').compile(schema('merged.schema.json'));

/** The folder of another run just like it, but for what is changed in its verdict.json. */
function like(folder: string, name: string, change: (file: VerdictFile) => VerdictFile): string {
  const copy = join(runs.folder, name);
  cpSync(folder, copy, { recursive: true });
  const file = join(copy, 'verdict.json');
  writeFileSync(file, JSON.stringify(change(JSON.parse(readFileSync(file, 'utf8')))));
  return copy;
}
const named = (name: string) => (file: VerdictFile) => ({ ...file, cloud: { ...file.cloud, name } });

/** Merges, and sees that verdict.json, junit.xml, Allure, the terminal and the exit code agree. */
async function merged(...dirs: string[]) {
  const reports = join(runs.folder, 'all');
  const { exitCode, stdout, stderr } = await runs.command('merge', ...dirs, '--reports', reports);
  const folder = join(reports, 'merged');
  const read = (name: string) => readFileSync(join(folder, name), 'utf8');
  const verdict = JSON.parse(read('verdict.json')) as MergedVerdict;
  assert.ok(validate(verdict), JSON.stringify(validate.errors, null, 1));
  assert.equal(verdict.exitCode, exitCode, stdout + stderr);
  assert.match(stdout, new RegExp(`^${verdict.verdict.replace('-', ' ').toUpperCase()} .*\\(exit ${exitCode}\\)$`, 'm'));
  for (const fault of verdict.faults) assert.ok(stdout.includes(`The merge itself: ${fault}`), fault);
  const requirements = verdict.clouds.flatMap((cloud) => cloud.requirements.map(({ id, outcome }) => [cloud.name, id, outcome] as const));
  const ofMerge = verdict.faults.length > 0 ? { merge: 'undetermined' } : {};
  const by = (sign: string) => ({
    ...Object.fromEntries(requirements.map(([name, id, outcome]) => [`${name}${sign}${id}`, outcome])),
    ...ofMerge,
  });
  assert.deepEqual(junitOutcomes(read('junit.xml')), by(' '), 'junit.xml');
  return {
    exitCode,
    stdout,
    verdict,
    folder,
    read,
    allure: () => assert.deepEqual(allureOutcomes(allureResults(join(folder, 'allure-results'))), by(':')),
  };
}

describe('a merge', () => {
  let good = '';
  let bad = '';
  let five: string[] = [];
  before(async () => {
    good = join(runs.folder, 'good');
    await runs.run({ name: 'good', reports: good });
    bad = join(runs.folder, 'bad');
    await runs.run({
      name: 'bad/../<cloud>',
      reports: bad,
      outcomes: { 'BDS-102': 'not-met', 'BDS-104': 'blocked', 'BDS-204': 'waived', 'BDS-106': 'not-applicable' },
    });
    const latest = realpathSync(join(good, 'latest'));
    five = [good, bad, ...['c', 'd', 'e'].map((name) => like(latest, name, (file) => ({ ...named(name)(file), profile: 'gate' })))];
  });

  test('of five clouds is one report and one verdict, the worst', async () => {
    const { exitCode, stdout, verdict, read, folder, allure } = await merged(...five);
    allure();
    assert.equal(exitCode, 1);
    assert.deepEqual([verdict.faults, verdict.notes], [[], []]);
    assert.deepEqual(
      verdict.clouds.map(({ name, profile, exitCode }) => [name, profile, exitCode]),
      [['good', 'audit', 0], ['bad/../<cloud>', 'audit', 1], ...['c', 'd', 'e'].map((name) => [name, 'gate', 0])],
    );
    assert.match(stdout, /bad\/\.\.\/<cloud>, audit: NOT COMPLIANT \(exit 1\)[\s\S]*BDS-102 {2}not met since/);
    assert.match(stdout, /NOT COMPLIANT {2}5 clouds: 1 not compliant, 4 compliant/);
    assert.match(read('index.html'), /Content-Security-Policy/);
    assert.match(read('index.html'), /<h2>bad\/\.\.\/&lt;cloud&gt;: not compliant<\/h2>/);
    assert.equal(readdirSync(join(folder, 'allure-results')).filter((name) => name.endsWith('-result.json')).length, 5 * 19);
    assert.deepEqual(readdirSync(join(runs.folder, 'all')), ['merged']);
  });

  test('of compliant clouds is compliant, and replaces the one before', async () => {
    const { exitCode, verdict, allure } = await merged(good, join(runs.folder, 'c'));
    allure();
    assert.deepEqual([exitCode, verdict.verdict, verdict.clouds.length], [0, 'compliant', 2]);
  });

  test('of a folder without a run is undetermined at best, and names it', async () => {
    const empty = join(runs.folder, 'empty');
    mkdirSync(empty);
    const cutOff = like(realpathSync(join(good, 'latest')), 'cut-off', named('cut-off'));
    writeFileSync(join(cutOff, 'verdict.json'), '{"verdict":"compliant",');
    const { exitCode, verdict, allure } = await merged(good, empty, cutOff);
    allure();
    assert.equal(exitCode, 2);
    assert.match(verdict.faults[0] ?? '', /\/empty: expected the folder of a run, or a reports folder/);
    assert.match(verdict.faults[1] ?? '', /\/cut-off\/verdict\.json: it cannot be read/);
    assert.equal((await merged(bad, empty)).exitCode, 1, 'what is not met stays so');
    assert.equal((await merged(empty)).exitCode, 2);
  });

  test('does not rest on a report that says otherwise than its verdict', async () => {
    const other = like(realpathSync(join(good, 'latest')), 'other', named('other'));
    const results = join(other, 'allure-results');
    const [result = ''] = readdirSync(results).filter((name) => name.endsWith('-result.json'));
    writeFileSync(join(results, result), readFileSync(join(results, result), 'utf8').replace('"status":"passed"', '"status":"failed"'));
    const { exitCode, verdict } = await merged(other);
    assert.equal(exitCode, 2);
    assert.match(verdict.faults.join(), /^other: of BDS-\d+, .* does not say what verdict\.json beside it says\.$/);
    rmSync(results, { recursive: true });
    assert.match((await merged(other)).verdict.faults.join(), /^other: the results for the report cannot be read: ENOENT/);
  });

  test('replaces nothing that it did not write', async () => {
    mkdirSync(join(runs.folder, 'mine/merged'), { recursive: true });
    writeFileSync(join(runs.folder, 'mine/merged/notes'), '');
    const { exitCode, stderr } = await runs.command('merge', good, '--reports', join(runs.folder, 'mine'));
    assert.equal(exitCode, 3);
    assert.match(stderr, /mine\/merged is there, and merge did not write it\. Move it away/);
    assert.ok(existsSync(join(runs.folder, 'mine/merged/notes')));
    assert.equal((await runs.command('merge')).exitCode, 3);
  });
});
