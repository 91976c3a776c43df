import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, beforeEach, describe, test } from 'node:test';
import { findRun, merge as mergeAt, toLines, worstVerdict } from '../../support/archive/merge.ts';
import { MOST_IN_ALLURE, mergeRuns } from '../../support/archive/merged-files.ts';
import { UsageError } from '../../support/outcome/errors.ts';
import type { MergedVerdict } from '../../support/verdict/merged.ts';
import type { VerdictFile } from '../../support/verdict/schema.ts';
import { audited, putSealed, Reports, verdictFile as toldFile, wholeFile as verdictFile } from '../told.ts';
import { allureOutcomes, allureResults, bannerOf, junitOutcomes, pageOutcomes } from '../verdict/languages.ts';
import { schemaFaults } from '../verdict/schema.ts';

const now = new Date('2026-11-24T05:00:00.000Z');
const merge = (found: Parameters<typeof mergeAt>[0]) => mergeAt(found, now);
const of = (folder: string, verdict: VerdictFile) => ({ folder, verdict });
const cloud = (name: string, frontend = 'frontend01.example.net') => ({ cloud: { name, frontend, openNebula: null } });
const at = (hour: number) => ({ run: `2026-11-24T0${hour}-00-00Z-1f3a`, finishedAt: `2026-11-24T0${hour}:00:00.000Z` });
const met = { 'BDS-101': 'met' } as const;
const unmet = { 'BDS-101': 'not-met' } as const;

test('the worst verdict counts, and no fault leaves it better than undetermined', () => {
  const worst = (verdicts: readonly VerdictFile['verdict'][], ...faults: string[]) =>
    worstVerdict(
      verdicts.map((verdict) => ({ verdict })),
      faults,
    ).exitCode;
  assert.equal(worst(['compliant', 'compliant']), 0);
  assert.equal(worst(['compliant', 'nothing-evaluated']), 4);
  assert.equal(worst(['compliant', 'nothing-evaluated', 'undetermined']), 2);
  assert.equal(worst(['compliant', 'undetermined', 'not-compliant', 'nothing-evaluated']), 1);
  assert.deepEqual([worst(['compliant'], 'x'), worst(['nothing-evaluated'], 'x'), worst(['not-compliant'], 'x'), worst([])], [2, 2, 1, 2]);
});

test('a cloud that is there twice counts by its newest run, in whichever order', () => {
  const old = of('/old', verdictFile(met, at(1)));
  const young = of('/young', verdictFile(unmet, { ...at(2), profile: 'gate' }));
  for (const order of [
    [old, young],
    [young, old],
  ]) {
    const { clouds, notes, faults, exitCode } = merge(order);
    assert.deepEqual([clouds.map(({ folder }) => folder), faults, exitCode], [['/young'], [], 1]);
    assert.deepEqual(notes, ['production is there twice: the newest run counts, in /young; the one in /old does not.']);
  }
  assert.deepEqual(merge([old, { ...old, folder: '/link' }]).notes, [], 'the same run is no matter');
  const { faults, exitCode } = merge([old, of('/other', verdictFile(met, { ...at(2), ...cloud('production', 'frontend09') }))]);
  assert.equal(exitCode, 2);
  assert.match(faults.join(), /two front-ends, frontend09 in \/other and frontend01\.example\.net in \/old/);
});

test('a merge counts the waivers of all clouds, and says where less counts', () => {
  const waived = verdictFile({ 'BDS-101': 'waived', 'BDS-102': 'waived' }, { ...at(1), ...cloud('one') });
  const strict = verdictFile({ 'BDS-101': 'met', 'BDS-106': 'not-met' });
  const severities = strict.requirements.map((each) => ({ ...each, severity: each.id === 'BDS-106' ? ('minor' as const) : each.severity }));
  const lax = toldFile(severities, { ...at(2), ...cloud('two'), failOn: 'normal' });
  const { clouds, exitCode, ...merged } = merge([of('/one', waived), of('/two', lax)]);
  assert.equal(exitCode, 0);
  assert.deepEqual([clouds[1]?.failOn, clouds[1]?.below], ['normal', ['BDS-106']]);
  const lines = toLines({ ...merged, exitCode, clouds }, now);
  assert.match(lines[0] ?? '', /^one, audit: COMPLIANT WITH 2 WAIVERS \(exit 0\)/);
  assert.match(lines[1] ?? '', /^two, audit: COMPLIANT; findings below normal do not count \(--fail-on\): 1 not met \(exit 0\)/);
  assert.equal(lines.at(-1), 'COMPLIANT  2 clouds: 2 compliant; 2 waivers in force (exit 0)');
});

describe('a run that does not speak for its cloud leaves the verdict undetermined, and what it found not met stays so', () => {
  for (const [what, more] of [
    ['checked only a part', { onlyRequirements: ['BDS-101'] }],
    ['checked only a part', { onlySubject: 'kvm01' }],
    ['set-up', { profile: 'setup' }],
    ['interrupted', { exitCode: 130 }],
    ['too long ago to count', { finishedAt: '2026-11-23T04:59:00.000Z', validUntil: '2026-11-24T04:59:00.000Z' }],
    ['too long ago to count', { finishedAt: '2026-11-24T04:00:00.000Z', validUntil: '2026-11-24T04:59:00.000Z' }],
    ['in the future', { finishedAt: '2026-11-25T05:00:00.000Z' }],
  ] as const)
    test(`${what}: ${JSON.stringify(more)}`, () => {
      const told = { ...at(2), ...more } as Partial<VerdictFile>;
      const { faults, exitCode, clouds } = merge([of('/x', verdictFile(met, told))]);
      assert.deepEqual([exitCode, clouds.length, faults.length], [2, 1, 1]);
      assert.match(faults.join(), new RegExp(`^production: .*${what}.* in /x\\. Give the folder of a new and whole audit or gate\\.$`));
      assert.equal(merge([of('/x', verdictFile(unmet, told)), of('/y', verdictFile({}, cloud('y')))]).exitCode, 1);
    });
});

describe('of a reports folder', () => {
  let reports: Reports;
  const all = new Reports();
  beforeEach(() => {
    for (const name of readdirSync(all.folder)) rmSync(join(all.folder, name), { recursive: true });
    reports = all;
  });
  /** Writes a run of the hour, and points `latest` to it. */
  const write = (hour: number, more: object = {}) => {
    const verdict = { ...verdictFile(met, at(hour)), ...more };
    mkdirSync(join(reports.folder, verdict.run));
    putSealed(join(reports.folder, verdict.run), JSON.stringify(verdict));
    rmSync(reports.latest, { force: true });
    symlinkSync(verdict.run, reports.latest);
    return verdict.run;
  };
  const found = (folder = reports.folder) => {
    const run = findRun(folder);
    return typeof run === 'string' ? run.replace(reports.folder, 'reports') : run.verdict.run;
  };

  test('the newest run of the whole cloud is taken, not the recheck of a part after it, nor a set-up', () => {
    write(1);
    const whole = write(2);
    write(3, { onlyRequirements: ['BDS-101'] });
    write(4, { onlySubject: 'kvm01' });
    write(5, { profile: 'setup' });
    assert.equal(found(), whole);
  });

  test('the latest is taken where none looked at all of it, and says that', () => {
    const part = write(3, { onlyRequirements: ['BDS-101'] });
    assert.equal(found(), part);
  });

  test('nothing is taken where the newest cannot be read, or is another than its folder says', () => {
    write(1);
    const newest = write(2);
    putSealed(join(reports.folder, newest), '{');
    assert.match(found(), new RegExp(`^reports/${newest}/verdict\\.json: it cannot be read`));
    putSealed(join(reports.folder, newest), JSON.stringify(verdictFile(met, at(1))));
    assert.match(found(), new RegExp(`^reports/${newest}/verdict\\.json: it cannot be read, contradicts itself`));
  });

  test('what an older version wrote is named as that, and is as if it were not there', () => {
    const old = write(2, { schema: 1 });
    const says = `reports/${old}/verdict.json was written by an older version of the suite (schema 1), so nothing is known of it. Run an audit or a gate with this one.`;
    assert.equal(found(), says);
    assert.equal(found(join(reports.folder, old)), says);
    const whole = write(3);
    assert.equal(found(), whole);
  });

  test('a run that was cut off after it is missed, by the name of its cloud', () => {
    const whole = write(2);
    mkdirSync(join(reports.folder, '2026-11-24T01-00-00Z-1f3a'));
    assert.deepEqual(merge([findRun(reports.folder)]).faults, [], 'one before it says nothing');
    const cut = '2026-11-24T03-00-00Z-1f3a';
    mkdirSync(join(reports.folder, cut));
    const { faults, exitCode, clouds } = merge([findRun(reports.folder)]);
    assert.match(
      faults.join(),
      new RegExp(`^production: its newer run ${cut} was cut off or is under way, so this one is out of date, in `),
    );
    assert.deepEqual([exitCode, clouds.map(({ run }) => run)], [2, [whole]]);
    write(4);
    assert.deepEqual(merge([findRun(reports.folder)]).faults, [], 'nor does one before a whole run');
  });

  test('nothing is taken where it holds several clouds, and where it holds none', () => {
    assert.match(found(), /^reports: expected the folder of a run, or a reports folder with a run in it; found neither\.$/);
    write(1);
    write(2, cloud('other'));
    assert.match(found(), /^reports: it holds runs of several clouds \(other, production\)\. Give the folder of one run of each\.$/);
  });
});

/** As a person reads it. */
const textIn = (html: string) => html.replaceAll('&lt;', '<').replaceAll('&quot;', '"').replaceAll('&amp;', '&');

describe('a merge', () => {
  const reports = new Reports();
  const inReports = (name: string) => join(reports.folder, name);
  const [good, bad] = [new Reports(), new Reports()];
  let five: string[] = [];

  /** The folder of another run just like it, but for what is changed in its verdict.json. */
  const like = (name: string, change: Partial<VerdictFile> = {}) => {
    cpSync(realpathSync(good.latest), inReports(name), { recursive: true });
    const file = join(inReports(name), 'verdict.json');
    const before = JSON.parse(readFileSync(file, 'utf8')) as VerdictFile;
    putSealed(inReports(name), JSON.stringify({ ...before, cloud: { ...before.cloud, name }, ...change }));
    return inReports(name);
  };

  /** Merges, and sees that verdict.json, junit.xml, Allure, the terminal and the exit code agree. */
  async function merged(...dirs: string[]) {
    const { exitCode, lines } = await mergeRuns(dirs, inReports('all'));
    const folder = join(inReports('all'), 'merged');
    const read = (name: string) => readFileSync(join(folder, name), 'utf8');
    const verdict = JSON.parse(read('verdict.json')) as MergedVerdict;
    assert.deepEqual(schemaFaults(verdict, 'merged'), []);
    assert.equal(verdict.exitCode, exitCode);
    const said = lines.join('\n');
    assert.match(said, new RegExp(`^${verdict.verdict.replace('-', ' ').toUpperCase()} .*\\(exit ${exitCode}\\)$`, 'm'));
    for (const fault of verdict.faults) assert.ok(lines.includes(`The merge itself: ${fault}`), fault);
    const outcomes = verdict.clouds.flatMap(({ name, requirements }) =>
      requirements.map(({ id, outcome }) => [name, id, outcome] as const),
    );
    const by = (sign: string) => ({
      ...Object.fromEntries(outcomes.map(([name, id, outcome]) => [`${name}${sign}${id}`, outcome])),
      ...(verdict.faults.length > 0 && { merge: 'undetermined' }),
    });
    assert.deepEqual(junitOutcomes(read('junit.xml')), by(' '), 'junit.xml');
    const page = read('index.html');
    const rows = Array.from(page.matchAll(/<tr><td data-label="Cloud"><a href="#(cloud-\d+)">([^<]*)</g), ([, at, name = '']) => [
      at,
      name.replaceAll('&lt;', '<'),
    ]);
    assert.equal(rows.length, verdict.clouds.length);
    const onPage = outcomes.map(([name, id, outcome]) => [`${rows.find((row) => row[1] === name)?.[0]}-${id}`, outcome]);
    assert.deepEqual(pageOutcomes(page), Object.fromEntries(onPage), 'index.html');
    assert.equal(bannerOf(page).verdict, verdict.verdict);
    for (const fault of verdict.faults) assert.ok(textIn(page).includes(fault), fault);
    const summary = read('summary.md').replaceAll('\\', '').trimEnd().split('\n');
    assert.ok(summary.length <= 60, 'summary.md');
    assert.equal(summary[0], `# ${bannerOf(page).words}`, 'summary.md');
    assert.deepEqual(
      Array.from(summary.join('\n').matchAll(/^\| (?!cloud \|)([^|]+?) \| [A-Z]/gm), ([, name]) => name),
      rows.map(([, name]) => name),
      'summary.md',
    );
    for (const fault of verdict.faults) assert.ok(summary.includes(`- ${fault}`), fault);
    return {
      exitCode,
      rows: rows.map(([, name]) => name),
      said,
      verdict,
      folder,
      read,
      allure: () => assert.deepEqual(allureOutcomes(allureResults(join(folder, 'allure-results'))), by(':')),
    };
  }

  before(async () => {
    await good.write({ name: 'good', more: { allure: false } });
    const others = audited({ 'BDS-102': 'not-met', 'BDS-104': 'blocked', 'BDS-204': 'waived', 'BDS-106': 'not-applicable' });
    await bad.write({ name: 'bad/../<cloud>', of: others, more: { allure: false } });
    five = [good.folder, bad.folder, ...['c', 'd', 'e'].map((name) => like(name))];
  });

  test('of five clouds is one report and one verdict, the worst', async () => {
    const { exitCode, said, verdict, rows, read, folder, allure } = await merged(...five);
    allure();
    assert.deepEqual([exitCode, verdict.faults, verdict.notes], [1, [], []]);
    assert.deepEqual(
      verdict.clouds.map(({ name, profile, exitCode }) => [name, profile, exitCode]),
      [['good', 'audit', 0], ['bad/../<cloud>', 'audit', 1], ...['c', 'd', 'e'].map((name) => [name, 'audit', 0])],
    );
    assert.match(said, /bad\/\.\.\/<cloud>, audit: NOT COMPLIANT: 1 finding \(exit 1\)[\s\S]*BDS-102 {2}not met since/);
    assert.match(said, /NOT COMPLIANT {2}5 clouds: 1 not compliant, 4 compliant/);
    const page = read('index.html');
    assert.match(page, /Content-Security-Policy[\s\S]*<h2>bad\/\.\.\/&lt;cloud>: NOT COMPLIANT: 1 finding<\/h2>/);
    assert.deepEqual(rows, ['bad/../<cloud>', 'good', 'c', 'd', 'e'], 'a row a cloud, the worst first');
    assert.deepEqual(bannerOf(page), { words: 'NOT COMPLIANT: 1 of 5 clouds', verdict: 'not-compliant' });
    const summary = read('summary.md');
    assert.match(summary, /^\| bad\/\.\.\/\\<cloud\\> \| NOT COMPLIANT: 1 finding \| audit \| .* UTC \| 1 \| 1 \| 1 \|$/m);
    assert.match(summary, /\n## Findings\n\n- bad\/\.\.\/\\<cloud\\>: BDS-102 not met \(\w+\): .+\n$/);
    assert.equal(page.match(/href="(?:\.\.\/)+[^"]*\/index\.html"/g)?.length, 5, 'each page is one click away');
    const results = readdirSync(join(folder, 'allure-results')).filter((name) => name.endsWith('-result.json'));
    assert.equal(results.length, 5 * audited().length);
    assert.deepEqual(readdirSync(inReports('all')), ['merged']);
  });

  test('of compliant clouds is compliant, and replaces the one before; one that is undetermined tells', async () => {
    const { exitCode, verdict, allure } = await merged(good.folder, inReports('c'));
    allure();
    assert.deepEqual([exitCode, verdict.verdict, verdict.clouds.length], [0, 'compliant', 2]);
    const dark = new Reports();
    await dark.write({ name: 'dark', of: audited({ 'BDS-101': 'undetermined', 'BDS-102': 'blocked' }), more: { allure: false } });
    assert.equal((await merged(good.folder, dark.folder)).exitCode, 2);
  });

  test('of more clouds than a browser shows in Allure has no Allure report, says so, and is whole without', async () => {
    const many = Array.from({ length: MOST_IN_ALLURE + 1 }, (_, number) => like(`many${number}`));
    const { exitCode, lines } = await mergeRuns(many, inReports('wide'));
    const folder = join(inReports('wide'), 'merged');
    const verdict = JSON.parse(readFileSync(join(folder, 'verdict.json'), 'utf8')) as MergedVerdict;
    assert.deepEqual([exitCode, verdict.faults, verdict.clouds.length], [0, [], many.length]);
    assert.deepEqual(readdirSync(folder).toSorted(), ['index.html', 'junit.xml', 'summary.md', 'verdict.json']);
    const page = readFileSync(join(folder, 'index.html'), 'utf8');
    assert.doesNotMatch(page, /allure\.html/);
    const note = "Allure's report is left out: it is made of 50 clouds at most, and these are 51. Each run has its own.";
    assert.deepEqual(verdict.notes, [note]);
    assert.ok(lines.includes(note) && textIn(page).includes(note));
  });

  test('of a folder without a run is undetermined at best, and names it', async () => {
    mkdirSync(inReports('empty'));
    writeFileSync(join(like('cut-off'), 'verdict.json'), '{"verdict":"compliant",');
    const { exitCode, verdict, allure } = await merged(
      good.folder,
      inReports('empty'),
      inReports('cut-off'),
      like('old', { schema: 1 as 2 }),
    );
    allure();
    assert.equal(exitCode, 2);
    assert.match(
      verdict.faults.join('\n'),
      /\/empty: expected the folder of a run, or .*\n.*\/cut-off\/verdict\.json: it cannot .*\n.*\/old\/verdict\.json was written by an older/,
    );
    assert.equal((await merged(bad.folder, inReports('empty'))).exitCode, 1, 'what is not met stays so');
    assert.equal((await merged(inReports('empty'))).exitCode, 2);
  });

  test('does not rest on a report that says otherwise than its verdict', async () => {
    const results = join(like('other'), 'allure-results');
    const [result = ''] = readdirSync(results).filter((name) => name.endsWith('-result.json'));
    writeFileSync(join(results, result), readFileSync(join(results, result), 'utf8').replace('"status":"passed"', '"status":"failed"'));
    const { exitCode, verdict } = await merged(inReports('other'));
    assert.equal(exitCode, 2);
    assert.match(verdict.faults.join(), /^other: of BDS-\d+, .* does not say what verdict\.json beside it says\.$/);
    rmSync(results, { recursive: true });
    assert.match((await merged(inReports('other'))).verdict.faults.join(), /^other: the results for the report cannot be read: ENOENT/);
  });

  test('replaces nothing that it did not write', async () => {
    mkdirSync(inReports('mine/merged'), { recursive: true });
    writeFileSync(inReports('mine/merged/notes'), '');
    const refused = (error: unknown) =>
      error instanceof UsageError && /mine\/merged is there, and merge did not write it\. Move it away/.test(error.message);
    await assert.rejects(mergeRuns([good.folder], inReports('mine')), refused);
    assert.ok(existsSync(inReports('mine/merged/notes')));
  });
});
