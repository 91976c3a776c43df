import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { VerdictFile } from '../../support/archive/files.ts';
import { verifyEvidence } from '../../support/archive/verify.ts';
import type { Outcome } from '../../support/outcome/outcome.ts';
import { example, siteText } from '../../support/site/example.ts';
import { statementsOf } from '../../support/verdict/requirements.ts';
import type { Requirement } from '../../support/verdict/verdict.ts';
import {
  allureOutcomes,
  allureResults,
  disagreements,
  heimdallLanguage,
  heimdallStatuses,
  junitOutcomes,
  terminalOutcomes,
} from './languages.ts';
import { schemaFaults } from './schema.ts';

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
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
  writeFileSync(join(work, 'signers'), `me@example.net ${readFileSync(`${key}.pub`, 'utf8')}`);
});
after(() => rmSync(work, { recursive: true, force: true }));

interface Row {
  readonly situation: string;
  /** Scenario titles to their steps; the first is BDS-901, the next BDS-902, …, unless `ids` says otherwise. */
  readonly scenarios: Readonly<Record<string, readonly string[]>>;
  readonly ids?: readonly string[];
  /** More step definitions and hooks than `common`. */
  readonly support?: string;
  readonly args?: readonly string[];
  /** Another file beside it; a site file of its own stands where the common one would. */
  readonly file?: readonly [name: string, text: string];
  /** A signature by our key, and metrics, are to be there. */
  readonly has?: readonly ('signature' | 'metrics')[];
  /** waivers.yaml beside the site file. */
  readonly waivers?: string;
  readonly exit: number;
  readonly outcomes: Readonly<Record<string, Outcome>>;
  readonly reasons?: Readonly<Record<string, RegExp>>;
  /** What the run itself is blamed for. */
  readonly runFault?: RegExp;
  /** What verdict.json must hold beside the outcome of a requirement. */
  readonly holds?: Readonly<Record<string, { readonly [Key in keyof Requirement]?: unknown }>>;
  /** What is said of waivers that cover nothing, a line each. */
  readonly waiverNotes?: readonly RegExp[];
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

const day = (ahead: number) => new Date(Date.now() + ahead * 86_400_000).toISOString().slice(0, 10);
/** An entry of waivers.yaml. */
const waiver = (requirement: string, ahead: number, more = '') =>
  `- { requirement: ${requirement}, owner: Jane Doe, reason: new disks ordered, expires: ${day(ahead)}${more} }\n`;
const applied = (ahead: number) => ({ owner: 'Jane Doe', reason: 'new disks ordered', expires: day(ahead), expired: ahead < 0 });

/** In every row: what goes wrong in one scenario must not colour the others. */
const healthy = { 'a healthy one': ['nothing is done', 'it is met'] };
const met = { 'BDS-901': 'met' } as const;

/** The requirements of an audit: the metrics are of whole runs. */
const audit = statementsOf('audit').map(({ id }) => id);
const wholeAudit = (...others: readonly string[]) => ({
  ids: audit,
  scenarios: Object.fromEntries(audit.map((id, at) => [id, [others[at - 1] ?? 'it is met']])),
  outcomes: Object.fromEntries(audit.map((id) => [id, 'met' as Outcome])),
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
      waived: ['it is not met'],
      'one of two machines': ['kvm01 is met and kvm02 is not-met'],
      'both machines': ['kvm01 is met and kvm02 is met'],
    },
    waivers: waiver('BDS-906', 30),
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
    scenarios: { ...healthy, 'another one': ['it is met'] },
    exit: 0,
    outcomes: { ...met, 'BDS-902': 'met' },
  },
  {
    situation: 'what is not met is waived',
    scenarios: {
      'the whole of it': ['it is not met'],
      'the only machine that needs it': ['kvm01 is met and kvm02 is not-met'],
      'both machines': ['kvm01 is not-met and kvm02 is not-met'],
      'all of them': ['kvm01 is not-met and kvm02 is met'],
    },
    waivers: [
      waiver('BDS-901', 0, ', ticket: CHG-1'),
      waiver('BDS-902', 365, ', machine: kvm02'),
      waiver('BDS-903', 20, ', machine: kvm01'),
      waiver('BDS-903', 10, ', machine: kvm02'),
      waiver('BDS-904', 5),
    ].join(''),
    exit: 0,
    outcomes: { 'BDS-901': 'waived', 'BDS-902': 'waived', 'BDS-903': 'waived', 'BDS-904': 'waived' },
    reasons: {
      'BDS-901': /^Not met, but waived until \S+ by Jane Doe \(new disks ordered, CHG-1\): it is not-met$/,
      'BDS-903': /^2 of 2: Not met, but waived .* \| Not met, but waived/,
    },
    holds: {
      'BDS-901': { trueOutcome: 'not-met', waiver: { ...applied(0), ticket: 'CHG-1' } },
      'BDS-902': {
        ...{ trueOutcome: 'not-met', waiver: applied(365) },
        machines: [
          { name: 'kvm01', outcome: 'met', reason: '' },
          {
            ...{ name: 'kvm02', outcome: 'waived', trueOutcome: 'not-met', waiver: applied(365) },
            reason: `Not met, but waived until ${day(365)} by Jane Doe (new disks ordered): it is not-met`,
          },
        ],
      },
      // Of two the one that expires first.
      'BDS-903': { trueOutcome: 'not-met', waiver: applied(10) },
    },
  },
  {
    situation: 'a waiver is expired, or of another machine',
    scenarios: { ...healthy, expired: ['it is not met'], 'of one machine': ['kvm01 is not-met and kvm02 is not-met'] },
    waivers: waiver('BDS-902', -1) + waiver('BDS-903', 30, ', machine: kvm01'),
    exit: 1,
    outcomes: { ...met, 'BDS-902': 'not-met', 'BDS-903': 'not-met' },
    reasons: {
      'BDS-902': new RegExp(`^it is not-met Its waiver by Jane Doe \\(new disks ordered\\) is expired since the end of ${day(-1)}, UTC: `),
      'BDS-903': /^1 of 2: it is not-met$/,
    },
    holds: { 'BDS-902': { waiver: applied(-1), trueOutcome: undefined }, 'BDS-903': { waiver: undefined, trueOutcome: undefined } },
  },
  {
    situation: 'what nobody could look at is waived all the same',
    scenarios: {
      ...healthy,
      undetermined: ['it could not be looked at'],
      blocked: ['it is blocked'],
      'one machine of two': ['kvm01 is not-met and kvm02 is undetermined'],
      'an error': ['an error is thrown'],
    },
    waivers: ['BDS-902', 'BDS-903', 'BDS-904', 'BDS-905'].map((id) => waiver(id, 30)).join(''),
    exit: 2,
    outcomes: { ...met, 'BDS-902': 'undetermined', 'BDS-903': 'blocked', 'BDS-904': 'undetermined', 'BDS-905': 'undetermined' },
    reasons: { 'BDS-902': /^it is undetermined$/, 'BDS-903': /^it is blocked$/, 'BDS-904': /^1 of 2: it is undetermined$/ },
    holds: Object.fromEntries(
      ['2', '3', '4', '5'].map((digit) => [`BDS-9${String(digit).padStart(2, '0')}`, { waiver: undefined, trueOutcome: undefined }]),
    ),
  },
  {
    situation: 'waivers that cover nothing',
    scenarios: { ...healthy, machines: ['kvm01 is met and kvm02 is not-met'], 'not by machine': ['it is met'] },
    waivers: [
      waiver('BDS-901', 30),
      waiver('BDS-902', 30, ', machine: kvm01'),
      waiver('BDS-902', 30, ', machine: kvm03'),
      waiver('BDS-902', 30, ', machine: kvm02'),
      waiver('BDS-666', 30),
      waiver('BDS-101', 30),
    ].join(''),
    exit: 0,
    outcomes: { ...met, 'BDS-902': 'waived', 'BDS-903': 'met' },
    waiverNotes: [
      /^The waiver of BDS-901 covers nothing: the requirement is met\. Take it out of waivers\.yaml\. Its owner: Jane Doe\.$/,
      /^The waiver of BDS-902 on kvm01 .* the requirement is met there\./,
      /^The waiver of BDS-902 on kvm03 .* no such machine was judged\. Judged were: kvm01, kvm02\. Its/,
      /^The waiver of BDS-666 .* there is no such requirement\./,
    ],
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
    scenarios: { ...wholeAudit().scenarios, 'BDS-101': ['it is not met'] },
    outcomes: { ...wholeAudit().outcomes, 'BDS-101': 'not-met' },
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
  {
    situation: 'waivers with a fault',
    scenarios: healthy,
    waivers: waiver('BDS-901', 30) + waiver('BDS-902', 366),
    exit: 3,
    outcomes: {},
    noRun: /waivers\.yaml:2:\d+: entry 2\.expires: expected a day at most 365 days ahead, /,
  },
  {
    situation: 'waivers that cannot be read',
    scenarios: healthy,
    file: ['waivers.yaml/x', ''],
    exit: 3,
    outcomes: {},
    noRun: /waivers\.yaml: the waivers cannot be read: .*EISDIR/,
  },
];

const feature = (scenarios: Row['scenarios'], ids: readonly string[] = []) =>
  [
    '@supports:CIS-v8:11.2',
    'Feature: Agreement',
    ...Object.entries(scenarios).flatMap(([title, steps], at) => [
      '',
      `  @${ids[at] ?? `BDS-90${at + 1}`} @audit @severity:critical @evidences:NIST-800-53:CP-9(1)`,
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

function run({ situation, scenarios, ids, support = '', args = [], file, waivers }: Row): Promise<Ended> {
  const folder = join(work, situation.replace(/\W+/g, '-'));
  const reports = join(folder, 'reports');
  for (const name of ['features', 'metrics']) mkdirSync(join(folder, name), { recursive: true });
  writeFileSync(join(folder, 'features', 'agreement.feature'), feature(scenarios, ids));
  writeFileSync(join(folder, 'steps.mjs'), `${common}\n${support}\n`);
  writeFileSync(join(folder, 'site.yaml'), site);
  if (waivers) writeFileSync(join(folder, 'waivers.yaml'), waivers);
  if (file) {
    mkdirSync(dirname(join(folder, file[0])), { recursive: true });
    writeFileSync(join(folder, file[0]), file[1].replace('METRICS', join(folder, 'metrics')));
  }
  const config = {
    paths: ['features/*.feature'],
    import: [join(root, 'support/run/world.ts'), join(root, 'support/run/hooks.ts'), 'steps.mjs'],
    plugin: [join(root, 'support/run/plugin.ts')],
    pluginOptions: { compliance: { profile: 'audit' } },
    format: [join(root, 'support/report/allure.ts')],
  };
  writeFileSync(join(folder, 'cucumber.mjs'), `export default ${JSON.stringify(config)};\n`);
  const env = {
    ...process.env,
    BACKUP_COMPLIANCE_SITE: join(folder, 'site.yaml'),
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
      const [folder, ...others] = readdirSync(reports).filter((name) => name !== 'latest' && !name.startsWith('history-'));
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
        const labels = results.get(id)?.labels.map(({ name, value }) => `${name} ${value}`) ?? [];
        for (const label of ['severity critical', 'supports CIS-v8 11.2']) assert.ok(labels.includes(label), `${id}: ${label}`);
        assert.equal(labels.includes('evidences NIST-800-53 CP-9(1)'), outcome === 'met', `${id}: only what is met is evidence`);
      }
      for (const [id, reason] of Object.entries(row.reasons ?? {})) {
        assert.match(verdict.requirements.find((requirement) => requirement.id === id)?.reason ?? '', reason);
      }
      assert.deepEqual(schemaFaults(verdict), []);
      for (const [id, holds] of Object.entries(row.holds ?? {})) {
        const requirement: Partial<Requirement> = verdict.requirements.find((each) => each.id === id) ?? {};
        for (const [key, value] of Object.entries(holds)) assert.deepEqual(requirement[key as keyof Requirement], value, `${id}: ${key}`);
      }
      const { waiverNotes = [] } = verdict;
      assert.equal(waiverNotes.length, row.waiverNotes?.length ?? 0, waiverNotes.join('\n'));
      for (const [at, note] of waiverNotes.entries()) {
        assert.match(note, row.waiverNotes?.[at] ?? assert.fail());
        assert.ok(stdout.replaceAll(/\s+/g, ' ').includes(note), 'the terminal says it, too');
        assert.ok(file('index.html').includes(note), 'so does the paper');
      }
      // The rows above break Cucumber itself; where nothing but judgements is at work, its own messages agree, too.
      if (row.waivers) assert.deepEqual(disagreements(join(reports, folder), { file: verdict, exitCode: exit ?? -1, stdout }), []);
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
