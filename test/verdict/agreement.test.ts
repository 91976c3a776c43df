import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { statementsOf } from '../../support/explain.ts';
import type { Outcome } from '../../support/outcome.ts';
import type { VerdictFile } from '../../support/report/files.ts';
import { verifyEvidence } from '../../support/report/verify.ts';
import { example, siteText } from '../../support/site/example.ts';
import {
  allureOutcomes,
  allureResults,
  disagreements,
  heimdallLanguage,
  heimdallStatuses,
  junitOutcomes,
  terminalOutcomes,
} from './languages.ts';

/*
 * Cucumber, Allure and JUnit disagree on what these runs came to, and mostly towards green (STACK.md). Ours are to agree:
 * the process's exit code, verdict.json, junit.xml, hdf.json, the metrics and Allure's results, each read by itself.
 */

const root = fileURLToPath(new URL('../..', import.meta.url));
const work = realpathSync(mkdtempSync(join(tmpdir(), 'agreement-')));
const site = siteText({ ...example, name: 'agreement' });
const key = join(work, 'key');
const signed = `evidence: { sign_with: ${key}.pub }\n`;
/** METRICS: a folder of the row's own. */
const metrics = 'outputs: { prometheus: METRICS }\n';
before(() => {
  symlinkSync(join(root, 'node_modules'), join(work, 'node_modules'));
  writeFileSync(join(work, 'site.yaml'), site);
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
  writeFileSync(join(work, 'signers'), `me@example.net ${readFileSync(`${key}.pub`, 'utf8')}`);
});
after(() => rmSync(work, { recursive: true, force: true }));

interface Row {
  readonly situation: string;
  /** Scenario titles to their steps; the first is BDS-901, the next BDS-902, … */
  readonly scenarios: Readonly<Record<string, readonly string[]>>;
  /** More step definitions and hooks than `common`. */
  readonly support?: string;
  readonly args?: readonly string[];
  /** Another file beside it; a site file of its own stands where the common one would. */
  readonly file?: readonly [name: string, text: string];
  /** A signature by our key, and metrics, are to be there. */
  readonly has?: readonly ('signature' | 'metrics')[];
  readonly exit: number;
  readonly outcomes: Readonly<Record<string, Outcome>>;
  readonly reasons?: Readonly<Record<string, RegExp>>;
  /** What the run itself is blamed for. */
  readonly runFault?: RegExp;
  /** Said on stderr when no run came about at all: no folder, nothing to agree on. */
  readonly noRun?: RegExp;
}

const common = `
import { currentRun } from '${join(root, 'support/run.ts')}';
import { After, AfterAll, Before, BeforeAll, Given } from '@cucumber/cucumber';
import { AssertionError } from 'chai';
import * as allure from 'allure-js-commons';
const finding = (outcome, machine, reason = outcome === 'met' ? '' : 'it is ' + outcome) => ({ outcome, reason, evidence: [], ...(machine && { machine }) });
Given('it is met', function () { return this.judge(finding('met')); });
Given('it is not met', function () { return this.judge(finding('not-met')); });
Given('it could not be looked at', function () { return this.judge(finding('undetermined')); });
Given('it is blocked', function () { return this.judge(finding('blocked')); });
Given('it does not apply', function () { return this.judge(finding('not-applicable')); });
Given('it is waived', function () { return this.judge(finding('waived')); });
Given('kvm01 is {word} and kvm02 is {word}', function (one, two) { return this.judge([finding(one, 'kvm01'), finding(two, 'kvm02')]); });
Given('nothing is done', () => {});
Given('an error is thrown', () => { throw new TypeError('x is not a function'); });
Given('an assertion fails', () => { throw new AssertionError('kvm01: expected a, found b'); });
Given('it is skipped', () => 'skipped');
Given('it is pending', () => 'pending');
Given('it takes too long', { timeout: 50 }, () => new Promise((resolve) => setTimeout(resolve, 500)));
Given('steps of Allure run side by side', () => Promise.all([
  allure.step('a', () => new Promise((resolve) => setTimeout(resolve, 20))),
  allure.step('b', async () => { throw new Error('step b broke'); }),
]));
`;

/** In every row: what goes wrong in one scenario must not colour the others. */
const healthy = { 'a healthy one': ['nothing is done', 'it is met'] };
const met = { 'BDS-901': 'met' } as const;

/** As many requirements as an audit has: the metrics are of whole runs. */
const audit = statementsOf('audit').map((_, at) => at + 1);
const wholeAudit = (...others: readonly string[]) => ({
  scenarios: Object.fromEntries(audit.map((number) => [`number ${number}`, [others[number - 2] ?? 'it is met']])),
  outcomes: Object.fromEntries(audit.map((number) => [`BDS-90${number}`, 'met' as Outcome])),
});

const rows: readonly Row[] = [
  {
    situation: 'each outcome',
    scenarios: {
      ...healthy,
      'not met': ['it is not met'],
      undetermined: ['it could not be looked at'],
      blocked: ['it is blocked'],
      'not applicable': ['it does not apply'],
      waived: ['it is waived'],
      'one of two machines': ['kvm01 is met and kvm02 is not-met'],
      'both machines': ['kvm01 is met and kvm02 is met'],
    },
    exit: 1,
    outcomes: {
      ...met,
      ...{
        'BDS-902': 'not-met',
        'BDS-903': 'undetermined',
        'BDS-904': 'blocked',
        'BDS-905': 'not-applicable',
        'BDS-906': 'waived',
        'BDS-907': 'not-met',
        'BDS-908': 'met',
      },
    },
    reasons: { 'BDS-902': /^it is not-met$/, 'BDS-904': /^it is blocked$/, 'BDS-907': /^1 of 2: it is not-met$/ },
  },
  {
    situation: 'all met',
    scenarios: { ...healthy, 'another one': ['it is met'], 'a waived one': ['it is waived'] },
    exit: 0,
    outcomes: { ...met, 'BDS-902': 'met', 'BDS-903': 'waived' },
  },
  {
    situation: 'an After hook throws',
    scenarios: { ...healthy, hooked: ['it is met'] },
    support: `After({ tags: '@BDS-902' }, () => { throw new Error('after broke'); });`,
    exit: 2,
    outcomes: { ...met, 'BDS-902': 'undetermined' },
    reasons: { 'BDS-902': /after broke/ },
  },
  {
    situation: 'an undefined step',
    scenarios: { ...healthy, undefined: ['it is met', 'nobody defined this'] },
    exit: 2,
    outcomes: { ...met, 'BDS-902': 'undetermined' },
    reasons: { 'BDS-902': /no definition/ },
  },
  {
    situation: 'an ambiguous step',
    scenarios: { ...healthy, ambiguous: ['it is met', 'there are two of me'] },
    support: `Given('there are two of me', () => {}); Given(/^there are (two) of me$/, () => {});`,
    exit: 2,
    outcomes: { ...met, 'BDS-902': 'undetermined' },
    reasons: { 'BDS-902': /more than one definition/ },
  },
  // Cucumber makes no pickle of it in some versions, a passed one in others: it must be there, and not met.
  {
    situation: 'a scenario without steps',
    scenarios: { ...healthy, empty: [] },
    exit: 2,
    outcomes: { ...met, 'BDS-902': 'undetermined' },
    reasons: { 'BDS-902': /no steps/ },
  },
  {
    situation: 'a scenario of hooks without steps',
    scenarios: { ...healthy, empty: [] },
    support: `Before({ tags: '@BDS-902' }, function () { this.judge(finding('met')); });`,
    exit: 2,
    outcomes: { ...met, 'BDS-902': 'undetermined' },
  },
  {
    situation: 'pending after a passed step',
    scenarios: { ...healthy, pending: ['it is met', 'it is pending'] },
    exit: 2,
    outcomes: { ...met, 'BDS-902': 'undetermined' },
    reasons: { 'BDS-902': /not written yet/ },
  },
  {
    situation: 'skipped after a passed step',
    scenarios: { ...healthy, skipped: ['it is met', 'it is skipped'] },
    exit: 2,
    outcomes: { ...met, 'BDS-902': 'undetermined' },
    reasons: { 'BDS-902': /no check said why/ },
  },
  {
    situation: 'a Before hook throws',
    scenarios: { ...healthy, hooked: ['it is met'] },
    support: `Before({ tags: '@BDS-902' }, () => { throw new Error('before broke'); });`,
    exit: 2,
    outcomes: { ...met, 'BDS-902': 'undetermined' },
    reasons: { 'BDS-902': /before broke/ },
  },
  {
    situation: 'a Before hook skips',
    scenarios: { ...healthy, hooked: ['it is met'] },
    support: `Before({ tags: '@BDS-902' }, () => 'skipped');`,
    exit: 2,
    outcomes: { ...met, 'BDS-902': 'undetermined' },
  },
  {
    situation: 'Promise.all of allure.step, one fails',
    scenarios: { ...healthy, concurrent: ['it is met', 'steps of Allure run side by side'] },
    exit: 2,
    outcomes: { ...met, 'BDS-902': 'undetermined' },
    reasons: { 'BDS-902': /step b broke/ },
  },
  {
    situation: 'all skipped, and nobody said why',
    scenarios: { one: ['it is skipped'], two: ['it is skipped', 'it is met'] },
    exit: 2,
    outcomes: { 'BDS-901': 'undetermined', 'BDS-902': 'undetermined' },
  },
  {
    situation: 'all not applicable',
    scenarios: { one: ['it does not apply'], two: ['it does not apply'] },
    exit: 4,
    outcomes: { 'BDS-901': 'not-applicable', 'BDS-902': 'not-applicable' },
  },
  { situation: 'no scenario matched', scenarios: healthy, args: ['--tags', '@BDS-999'], exit: 4, outcomes: {} },
  {
    situation: 'BeforeAll throws',
    scenarios: { ...healthy, another: ['it is not met'] },
    support: `BeforeAll(() => { throw new Error('no front-end'); });`,
    exit: 2,
    outcomes: { 'BDS-901': 'undetermined', 'BDS-902': 'undetermined' },
    reasons: { 'BDS-901': /Not reached: .*no front-end/ },
    runFault: /no front-end/,
  },
  {
    situation: 'BeforeAll throws, and one scenario is selected',
    scenarios: { ...healthy, another: ['it is met'] },
    args: ['--tags', '@BDS-902'],
    support: `BeforeAll(() => { throw new Error('no front-end'); });`,
    exit: 2,
    outcomes: { 'BDS-902': 'undetermined' },
    runFault: /no front-end/,
  },
  {
    situation: 'AfterAll throws',
    scenarios: healthy,
    support: `AfterAll(() => { throw new Error('afterwards'); });`,
    exit: 2,
    outcomes: met,
    runFault: /afterwards/,
  },
  {
    situation: 'a dry run with an undefined step',
    scenarios: { ...healthy, undefined: ['nobody defined this'] },
    args: ['--dry-run'],
    exit: 2,
    outcomes: { 'BDS-901': 'undetermined', 'BDS-902': 'undetermined' },
    reasons: { 'BDS-902': /no definition/ },
  },
  {
    situation: 'a dry run',
    scenarios: healthy,
    args: ['--dry-run'],
    exit: 2,
    outcomes: { 'BDS-901': 'undetermined' },
  },
  {
    situation: 'an AssertionError',
    scenarios: { ...healthy, assertion: ['an assertion fails'] },
    exit: 1,
    outcomes: { ...met, 'BDS-902': 'not-met' },
    reasons: { 'BDS-902': /^kvm01: expected a, found b$/ },
  },
  {
    situation: 'any other error',
    scenarios: { ...healthy, error: ['an error is thrown'] },
    exit: 2,
    outcomes: { ...met, 'BDS-902': 'undetermined' },
    reasons: { 'BDS-902': /x is not a function/ },
  },
  {
    situation: 'a timeout',
    scenarios: { ...healthy, slow: ['it takes too long'] },
    exit: 2,
    outcomes: { ...met, 'BDS-902': 'undetermined' },
    reasons: { 'BDS-902': /timed out/ },
  },
  {
    situation: 'nothing was judged',
    scenarios: { ...healthy, idle: ['nothing is done'] },
    exit: 2,
    outcomes: { ...met, 'BDS-902': 'undetermined' },
    reasons: { 'BDS-902': /no check found/ },
  },
  {
    situation: 'a feature that does not parse',
    scenarios: healthy,
    file: ['features/broken.feature', 'Feature: broken\n  Scenario: x\n    Given it is met\n    Whenever it is met\n'],
    exit: 2,
    outcomes: { 'BDS-901': 'undetermined' },
    reasons: { 'BDS-901': /Not reached: .*broken\.feature/ },
    runFault: /broken\.feature/,
  },
  {
    situation: 'a step that fails once, and passes when it is tried again',
    scenarios: { ...healthy, flaky: ['it fails once'] },
    support: `let tries = 0; Given('it fails once', function () { tries += 1; if (tries === 1) throw new Error('once'); return this.judge(finding('met')); });`,
    args: ['--retry', '1'],
    exit: 0,
    outcomes: { ...met, 'BDS-902': 'met' },
  },
  {
    situation: 'the run is interrupted',
    scenarios: { ...healthy, interrupted: ['it interrupts us'], later: ['it asks the front-end'] },
    support: `Given('it interrupts us', async function () {
      process.kill(process.pid, 'SIGTERM');
      await new Promise((resolve) => setTimeout(resolve, 100));
      return this.judge(finding('met'));
    });
    Given('it asks the front-end', async function () {
      const { cloud } = currentRun();
      cloud.forget();
      const { survey } = await cloud.frontend();
      return this.judge(finding('undetermined', undefined, survey.failure.message));
    });`,
    exit: 130,
    outcomes: { ...met, 'BDS-902': 'met', 'BDS-903': 'undetermined' },
    reasons: { 'BDS-903': /interrupted/ },
  },
  {
    situation: 'an error that carries a secret',
    scenarios: { ...healthy, leaky: ['it gives away a secret'] },
    support: `Given('it gives away a secret', () => { throw new Error('refused: PASSWORD="SECRETvalue1" ftp://me:SECRETvalue2@host'); });`,
    exit: 2,
    outcomes: { ...met, 'BDS-902': 'undetermined' },
    reasons: { 'BDS-902': /refused: PASSWORD="\[redacted\]"/ },
  },
  {
    situation: 'interrupted, sealed, signed and measured',
    ...wholeAudit('it interrupts us'),
    support: `Given('it interrupts us', async function () {
      process.kill(process.pid, 'SIGINT');
      await new Promise((resolve) => setTimeout(resolve, 100));
      return this.judge(finding('met'));
    });`,
    file: ['site.yaml', site + signed + metrics],
    has: ['signature', 'metrics'],
    exit: 130,
  },
  {
    situation: 'a recheck of some requirements leaves the metrics of the whole alone',
    scenarios: healthy,
    file: ['site.yaml', site + metrics],
    exit: 0,
    outcomes: met,
  },
  {
    situation: 'the key to sign with is not there',
    ...wholeAudit(),
    file: ['site.yaml', `${site}evidence: { sign_with: /nowhere/key }\n${metrics}`],
    has: ['metrics'],
    exit: 2,
    runFault: /^the evidence was not signed: \/nowhere\/key: expected a signature, found “.*No such file.*”/,
  },
  {
    situation: 'the folder for the metrics is not there',
    ...wholeAudit(),
    file: ['site.yaml', `${site}${signed}outputs: { prometheus: /nowhere }\n`],
    has: ['signature'],
    exit: 2,
    runFault: /^the metrics were not written: \/nowhere: expected a folder that this account can write to, found “ENOENT/,
  },
  {
    situation: 'nothing can be signed, nor measured, and something is not met',
    ...wholeAudit(),
    scenarios: { ...wholeAudit().scenarios, 'number 1': ['it is not met'] },
    outcomes: { ...wholeAudit().outcomes, 'BDS-901': 'not-met' },
    file: ['site.yaml', `${site}evidence: { sign_with: /nowhere/key }\noutputs: { prometheus: /nowhere }\n`],
    exit: 1,
    runFault: /not signed.*,the metrics were not written/,
  },
  {
    situation: 'the name of the newest run is taken',
    ...wholeAudit(),
    file: ['reports/latest/mine', ''],
    exit: 2,
    runFault: /reports\/latest does not point to this run; move away what is in its place: E/,
  },
  {
    situation: 'a site file with a fault',
    scenarios: healthy,
    file: ['site.yaml', 'name: x\n'],
    exit: 3,
    outcomes: {},
    noRun: /site\.yaml:1:1: frontend: missing/,
  },
];

const feature = (scenarios: Row['scenarios']) =>
  [
    'Feature: Agreement',
    ...Object.entries(scenarios).flatMap(([title, steps], at) => [
      '',
      `  @BDS-90${at + 1} @audit @severity:critical`,
      `  Scenario: ${title}`,
      ...steps.map((step) => `    Given ${step}`),
    ]),
    '',
  ].join('\n');

interface Ended {
  readonly exit: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly reports: string;
}

function run({ situation, scenarios, support = '', args = [], file }: Row): Promise<Ended> {
  const folder = join(work, situation.replace(/\W+/g, '-'));
  const reports = join(folder, 'reports');
  for (const name of ['features', 'metrics']) mkdirSync(join(folder, name), { recursive: true });
  writeFileSync(join(folder, 'features', 'agreement.feature'), feature(scenarios));
  writeFileSync(join(folder, 'steps.mjs'), `${common}\n${support}\n`);
  if (file) {
    mkdirSync(dirname(join(folder, file[0])), { recursive: true });
    writeFileSync(join(folder, file[0]), file[1].replace('METRICS', join(folder, 'metrics')));
  }
  const config = {
    paths: ['features/*.feature'],
    import: [join(root, 'support/world.ts'), join(root, 'support/hooks.ts'), 'steps.mjs'],
    plugin: [join(root, 'support/plugin.ts')],
    pluginOptions: { compliance: { profile: 'audit' } },
    format: [join(root, 'support/report/allure.ts')],
  };
  writeFileSync(join(folder, 'cucumber.mjs'), `export default ${JSON.stringify(config)};\n`);
  const env = {
    ...process.env,
    BACKUP_COMPLIANCE_SITE: join(file?.[0] === 'site.yaml' ? folder : work, 'site.yaml'),
    BACKUP_COMPLIANCE_REPORTS: reports,
    NODE_COMPILE_CACHE: join(work, 'compiled'),
  };
  const cucumber = join(root, 'node_modules/@cucumber/cucumber/bin/cucumber.js');
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [cucumber, ...args], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
    const said = { stdout: '', stderr: '' };
    child.stdout.on('data', (chunk) => (said.stdout += chunk));
    child.stderr.on('data', (chunk) => (said.stderr += chunk));
    child.on('error', reject);
    child.on('close', (exit) => resolve({ exit, ...said, reports }));
  });
}

describe('every run ends in one verdict, in all languages', { concurrency: 2 }, () => {
  for (const row of rows) {
    test(row.situation, { timeout: 120_000 }, async () => {
      const { exit, stdout, stderr, reports } = await run(row);
      const story = `${stdout}\n${stderr}`;
      assert.equal(exit, row.exit, story);
      if (row.noRun) {
        assert.match(stderr, row.noRun);
        assert.equal(existsSync(reports), false);
        return;
      }
      const [folder, ...others] = readdirSync(reports).filter((name) => name !== 'latest');
      assert.ok(folder && others.length === 0);
      if (!row.file?.[0].includes('latest')) assert.equal(realpathSync(join(reports, 'latest')), join(reports, folder));
      const file = (name: string) => readFileSync(join(reports, folder, name), 'utf8');

      const verdict = JSON.parse(file('verdict.json')) as VerdictFile;
      assert.equal(verdict.exitCode, row.exit, 'verdict.json names the exit code of the process');
      const ofRun = row.runFault ? { run: 'undetermined' } : {};
      if (row.runFault) assert.match(verdict.runFaults?.join() ?? '', row.runFault);
      else assert.equal(verdict.runFaults, undefined);

      const inVerdict = Object.fromEntries(verdict.requirements.map(({ id, outcome }) => [id, outcome]));
      assert.equal(verdict.requirements.length, Object.keys(inVerdict).length, 'no requirement stands twice');
      const results = allureResults(join(reports, folder, 'allure-results'));
      assert.deepEqual(inVerdict, row.outcomes, `verdict.json\n${story}`);
      assert.deepEqual(junitOutcomes(file('junit.xml')), { ...row.outcomes, ...ofRun }, 'junit.xml');
      assert.deepEqual(allureOutcomes(results), { ...row.outcomes, ...ofRun }, 'Allure');
      assert.deepEqual(terminalOutcomes(stdout), row.outcomes, 'the terminal');
      const inHeimdall = Object.entries({ ...row.outcomes, ...ofRun }).map(([id, outcome]) => [id, heimdallLanguage[outcome as Outcome]]);
      assert.deepEqual(heimdallStatuses(file('hdf.json')), Object.fromEntries(inHeimdall), 'hdf.json');

      const sealed = await verifyEvidence(join(reports, folder), row.has?.includes('signature') ? join(work, 'signers') : undefined);
      assert.equal(sealed.exitCode, 0, sealed.lines.join('\n'));
      assert.equal(existsSync(join(reports, folder, 'SHA256SUMS.sig')), row.has?.includes('signature') ?? false);
      const measured = readdirSync(join(reports, '../metrics')).map((name) => readFileSync(join(reports, '../metrics', name), 'utf8'));
      assert.equal(measured.length, row.has?.includes('metrics') ? 1 : 0);
      for (const text of measured) assert.ok(text.includes(`_exit_code{cloud="agreement",profile="audit"} ${row.exit}\n`), text);

      for (const { id, outcome, reason } of verdict.requirements) {
        assert.equal(reason === '', outcome === 'met', `${id}: only what is met needs no reason`);
        const said = results.get(id)?.statusDetails.message ?? '';
        assert.ok(said.includes(reason), `${id}: Allure gives the reason: ${said}`);
        assert.ok(
          results.get(id)?.labels.some(({ name, value }) => name === 'severity' && value === 'critical'),
          `${id}: severity`,
        );
      }
      for (const [id, reason] of Object.entries(row.reasons ?? {})) {
        assert.match(verdict.requirements.find((requirement) => requirement.id === id)?.reason ?? '', reason);
      }
      assert.match(file('index.html'), /Content-Security-Policy/);
      for (const entry of readdirSync(join(reports, folder), { recursive: true, withFileTypes: true })) {
        if (!entry.isFile()) continue;
        const text = readFileSync(join(entry.parentPath, entry.name), 'utf8');
        const embedded = [...text.matchAll(/[A-Za-z0-9+/=]{64,}/g)].map(([base64]) => Buffer.from(base64, 'base64').toString());
        for (const each of [text, ...embedded]) assert.doesNotMatch(each, /SECRETvalue/, `${entry.name} holds a secret`);
      }
    });
  }
});

test('a file that says otherwise is seen, whichever it is', async () => {
  const [row] = rows;
  const { exit, stdout, reports } = await run({ ...(row ?? assert.fail()), situation: 'tampered with' });
  const folder = join(reports, 'latest');
  const file = JSON.parse(readFileSync(join(folder, 'verdict.json'), 'utf8')) as VerdictFile;
  const judged = { file, exitCode: exit ?? -1, stdout };
  assert.deepEqual(disagreements(folder, judged), []);
  const tamper = (name: string, from: string | RegExp, to: string): string[] => {
    const path = join(folder, name);
    const before = readFileSync(path, 'utf8');
    assert.notEqual(before.replace(from, to), before, name);
    writeFileSync(path, before.replace(from, to));
    const seen = disagreements(folder, judged);
    writeFileSync(path, before);
    return seen;
  };
  const [result = ''] = readdirSync(join(folder, 'allure-results')).filter((name) => name.endsWith('-result.json'));
  assert.match(tamper('messages.ndjson', '"type":"AssertionError"', '"type":"Error"').join(), /Cucumber's messages/);
  assert.match(tamper(join('allure-results', result), /"status":"\w+"/, '"status":"unknown"').join(), /Allure/);
  assert.match(tamper('junit.xml', '<failure type="not-met"', '<failure type="undetermined"').join(), /junit\.xml/);
  assert.match(tamper('hdf.json', '"status": "failed"', '"status": "passed"').join(), /hdf\.json/);
  assert.match(disagreements(folder, { ...judged, stdout: stdout.replace('NOT MET', 'met    ') }).join(), /terminal/);
  assert.match(disagreements(folder, { ...judged, exitCode: 0 }).join(), /ended with 0/);
});
