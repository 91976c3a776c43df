import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Envelope } from '@cucumber/messages';
import { verifyEvidence } from '../../support/archive/verify.ts';
import type { Outcome } from '../../support/outcome/outcome.ts';
import { headlineOf } from '../../support/report/headline.ts';
import { example, siteText } from '../../support/site/example.ts';
import { parseWaivers } from '../../support/site/waivers.ts';
import { statementsOf } from '../../support/verdict/requirements.ts';
import type { Requirement, Verdict, VerdictFile } from '../../support/verdict/schema.ts';
import { RunRecord } from '../../support/verdict/verdict.ts';
import {
  allureOutcomes,
  allurePageOutcomes,
  allureResults,
  bannerOf,
  disagreements,
  heimdallLanguage,
  heimdallStatuses,
  junitOutcomes,
  pageOutcomes,
  terminalSays,
  terminalShould,
} from './languages.ts';
import { schemaFaults } from './schema.ts';

/*
 * Cucumber, Allure and JUnit disagree on what these runs came to, and mostly towards green (STACK.md). Ours are to agree: the process's exit code,
 * verdict.json, junit.xml, hdf.json, the metrics and Allure's results, each read by itself. Two runs hold all that can become of one scenario; what
 * each would come to without the others is folded out of their messages.
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

/** A scenario, what it comes to, and what verdict.json says of it. */
interface Case {
  readonly steps: readonly string[];
  readonly outcome: Outcome;
  readonly reason?: RegExp;
  /** More step definitions and hooks than `common`; TAG is its own tag. */
  readonly support?: string;
  /** Days until each of its waivers expires, and what else it says. */
  readonly waivers?: readonly (readonly [ahead: number, more?: string])[];
  /** What verdict.json must hold beside. */
  readonly holds?: { readonly [Key in keyof Requirement]?: unknown };
  /** What is said of its waivers that cover nothing. */
  readonly idle?: readonly RegExp[];
  /** The run is not asked for it. */
  readonly unselected?: true;
}

interface Row {
  readonly situation: string;
  /** The first is BDS-901, the next BDS-902, …, unless `ids` says otherwise. */
  readonly cases: Readonly<Record<string, Case>>;
  readonly ids?: readonly string[];
  readonly support?: string;
  readonly args?: readonly string[];
  /** Other files beside it; a site file of its own stands where the common one would. */
  readonly files?: Readonly<Record<string, string>>;
  /** A signature by our key, and metrics, are to be there. */
  readonly has?: readonly ('signature' | 'metrics')[];
  readonly exit: number;
  /** What the run itself is blamed for, in this order. */
  readonly runFaults?: readonly RegExp[];
  /** Said on stderr when no run came about at all: no folder, nothing to agree on. */
  readonly noRun?: RegExp;
}

const common = `
import { currentRun } from '${join(root, 'support/run/run.ts')}';
import { After, AfterAll, Before, BeforeAll, Given } from '@cucumber/cucumber';
import { AssertionError } from 'chai';
import * as allure from 'allure-js-commons';
const found = (outcome, host, reason = outcome === 'met' ? '' : 'it is ' + outcome) =>
  ({ outcome, reason, machine: 'x', exhibits: [], ...(host && { subject: { kind: 'host', name: host } }) });
Given('it is {word}', function (outcome) { return this.tell({ perSubject: false, judgements: [found(outcome)] }); });
Given('kvm01 is {word} and kvm02 is {word}', function (one, two) { return this.tell({ perSubject: true, judgements: [found(one, 'kvm01'), found(two, 'kvm02')] }); });
Given('nothing is done', () => {});
Given('an error is thrown', () => { throw new TypeError('x is not a function'); });
Given('an assertion fails', () => { throw new AssertionError('kvm01: expected a, found b'); });
Given('the step is skipped', () => 'skipped');
Given('the step is pending', () => 'pending');
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
const unwaived = { waiver: undefined, trueOutcome: undefined };

const comes = (outcome: Outcome, steps: readonly string[], more: Omit<Case, 'outcome' | 'steps'> = {}): Case => ({
  outcome,
  steps,
  ...more,
});
const met = comes('met', ['nothing is done', 'it is met']);
/** First in every row: what goes wrong in one scenario must not colour the others. */
const healthy = { 'a healthy one': met };

const judgements: Readonly<Record<string, Case>> = {
  'a healthy one': {
    ...met,
    waivers: [[30]],
    idle: [/^Unused waiver: BDS-901 is already met\. Remove it from waivers\.yaml\. Owner: Jane Doe\.$/],
  },
  'not met': comes('not-met', ['it is not-met'], { reason: /^it is not-met$/ }),
  undetermined: comes('undetermined', ['it is undetermined'], { reason: /^it is undetermined$/ }),
  blocked: comes('blocked', ['it is blocked'], { reason: /^it is blocked$/ }),
  'not applicable': comes('not-applicable', ['it is not-applicable']),
  'one of two machines': comes('not-met', ['kvm01 is met and kvm02 is not-met'], { reason: /^1 of 2: it is not-met$/ }),
  'both machines': comes('met', ['kvm01 is met and kvm02 is met']),
  'waived as a whole': comes('waived', ['it is not-met'], {
    waivers: [[0, ', ticket: CHG-1']],
    reason: /^Not met, but waived until \S+ by Jane Doe \(new disks ordered, CHG-1\): it is not-met$/,
    holds: { trueOutcome: 'not-met', waiver: { ...applied(0), ticket: 'CHG-1' } },
  }),
  'waived, the only machine that needs it': comes('waived', ['kvm01 is met and kvm02 is not-met'], {
    waivers: [[365, ', subject: kvm02']],
    holds: {
      trueOutcome: 'not-met',
      waiver: applied(365),
      subjects: [
        { kind: 'host', name: 'kvm01', outcome: 'met', reason: '' },
        {
          kind: 'host',
          name: 'kvm02',
          outcome: 'waived',
          reason: `Not met, but waived until ${day(365)} by Jane Doe (new disks ordered): it is not-met`,
          trueOutcome: 'not-met',
          waiver: applied(365),
        },
      ],
    },
  }),
  'waived, each machine by itself': comes('waived', ['kvm01 is not-met and kvm02 is not-met'], {
    waivers: [
      [20, ', subject: kvm01'],
      [10, ', subject: kvm02'],
    ],
    reason: /^2 of 2: Not met, but waived .* \| Not met, but waived/,
    // Of two the one that expires first.
    holds: { trueOutcome: 'not-met', waiver: applied(10) },
  }),
  'waived, all machines at once': comes('waived', ['kvm01 is not-met and kvm02 is met'], { waivers: [[5]] }),
  'waived, and two machines that need no waiver': comes('waived', ['kvm01 is met and kvm02 is not-met'], {
    waivers: [
      [30, ', subject: kvm01'],
      [30, ', subject: kvm03'],
      [30, ', subject: kvm02'],
    ],
    idle: [/ on kvm01 is already met there\./, / on kvm03 names a subject that was not checked\. Checked: kvm01, kvm02\. Owner/],
  }),
  'a waiver that is expired': comes('not-met', ['it is not-met'], {
    waivers: [[-1]],
    reason: new RegExp(`^it is not-met Its waiver by Jane Doe \\(new disks ordered\\) is expired since the end of ${day(-1)}, UTC\\.`),
    holds: { waiver: applied(-1), trueOutcome: undefined },
  }),
  'a waiver of another machine': comes('not-met', ['kvm01 is not-met and kvm02 is not-met'], {
    waivers: [[30, ', subject: kvm01']],
    reason: /^1 of 2: it is not-met$/,
    holds: unwaived,
  }),
  // What nobody could look at stays so, waived or not.
  ...Object.fromEntries(
    (
      [
        ['undetermined', 'it is undetermined', /^it is undetermined$/],
        ['blocked', 'it is blocked', /^it is blocked$/],
        ['undetermined', 'kvm01 is not-met and kvm02 is undetermined', /^1 of 2: it is undetermined$/],
        ['undetermined', 'an error is thrown', /x is not a function/],
      ] as const
    ).map(([outcome, step, reason]) => [`${step}, and a waiver`, comes(outcome, [step], { waivers: [[30]], reason, holds: unwaived })]),
  ),
};

const breaks = (steps: readonly string[], reason = /./, support = '') => comes('undetermined', steps, { reason, support });
const troubles: Readonly<Record<string, Case>> = {
  ...healthy,
  'an After hook throws': breaks(['it is met'], /after broke/, `After({ tags: 'TAG' }, () => { throw new Error('after broke'); });`),
  'a Before hook throws': breaks(['it is met'], /before broke/, `Before({ tags: 'TAG' }, () => { throw new Error('before broke'); });`),
  'a Before hook skips': breaks(['it is met'], /./, `Before({ tags: 'TAG' }, () => 'skipped');`),
  'an undefined step': breaks(['it is met', 'nobody defined this'], /no definition/),
  'an ambiguous step': breaks(
    ['it is met', 'there are two of me'],
    /more than one definition/,
    `Given('there are two of me', () => {}); Given(/^there are (two) of me$/, () => {});`,
  ),
  // Cucumber makes no pickle of it in some versions, a passed one in others: it must be there, and not met.
  'a scenario without steps': breaks([], /no steps/),
  'a scenario of hooks without steps': breaks(
    [],
    /./,
    `Before({ tags: 'TAG' }, function () { this.tell({ perSubject: false, judgements: [found('met')] }); });`,
  ),
  'pending after a passed step': breaks(['it is met', 'the step is pending'], /not written yet/),
  'skipped after a passed step': breaks(['it is met', 'the step is skipped'], /no check said why/),
  'skipped, and nobody said why': breaks(['the step is skipped']),
  'skipped before it is met': breaks(['the step is skipped', 'it is met']),
  'Promise.all of allure.step, one fails': breaks(['it is met', 'steps of Allure run side by side'], /step b broke/),
  'an AssertionError': comes('not-met', ['an assertion fails'], { reason: /^kvm01: expected a, found b$/ }),
  'any other error': breaks(['an error is thrown'], /x is not a function/),
  'a timeout': breaks(['it takes too long'], /timed out/),
  'nothing was judged': breaks(['nothing is done'], /no check found/),
  'an error that carries a secret': breaks(
    ['it gives away a secret'],
    /refused: PASSWORD="\[redacted\]"/,
    `Given('it gives away a secret', () => { throw new Error('refused: PASSWORD="SECRETvalue1" ftp://me:SECRETvalue2@host'); });`,
  ),
};

/** The requirements of an audit: the metrics are of whole runs. */
const audit = statementsOf('audit').map(({ id }) => id);
const wholeAudit = (others: Readonly<Record<number, Case>> = {}) => ({
  ids: audit,
  cases: Object.fromEntries(audit.map((id, at) => [id, others[at] ?? met])),
});

const together: readonly Row[] = [
  { situation: 'judgements, and waivers', cases: judgements, exit: 1 },
  { situation: 'whatever befalls a scenario', cases: troubles, exit: 1 },
];
const rows: readonly Row[] = [
  {
    situation: 'a recheck of some requirements, one met at the second try, leaves the metrics of the whole alone',
    cases: { ...healthy, flaky: comes('met', ['it fails once']) },
    support: `let tries = 0; Given('it fails once', function () { tries += 1; if (tries === 1) throw new Error('once'); return this.tell({ perSubject: false, judgements: [found('met')] }); });`,
    args: ['--retry', '1'],
    files: { 'site.yaml': site + metrics },
    exit: 0,
  },
  { situation: 'no scenario matched', cases: { one: { ...met, unselected: true } }, args: ['--tags', '@BDS-999'], exit: 4 },
  {
    situation: 'BeforeAll throws, and one scenario is not selected',
    cases: {
      one: breaks(met.steps, /Not reached: .*no front-end/),
      another: breaks(met.steps, /no front-end/),
      'not selected': { ...met, unselected: true },
    },
    args: ['--tags', 'not @BDS-903'],
    support: `BeforeAll(() => { throw new Error('no front-end'); });`,
    exit: 2,
    runFaults: [/no front-end/],
  },
  {
    situation: 'a dry run with an undefined step',
    cases: { one: breaks(met.steps), undefined: breaks(['nobody defined this'], /no definition/) },
    args: ['--dry-run'],
    exit: 2,
  },
  {
    situation: 'a feature that does not parse',
    cases: { one: breaks(met.steps, /Not reached: .*broken\.feature/) },
    files: { 'features/broken.feature': 'Feature: broken\n  Scenario: x\n    Given it is met\n    Whenever it is met\n' },
    exit: 2,
    runFaults: [/broken\.feature/],
  },
  {
    situation: 'interrupted, sealed, signed and measured',
    ...wholeAudit({ 1: comes('met', ['it interrupts us']), 2: breaks(['it asks the front-end'], /interrupted/) }),
    support: `Given('it interrupts us', async function () {
      process.kill(process.pid, 'SIGINT');
      await new Promise((resolve) => setTimeout(resolve, 100));
      return this.tell({ perSubject: false, judgements: [found('met')] });
    });
    Given('it asks the front-end', async function () {
      const { cloud } = currentRun();
      cloud.forget();
      const { failure } = await cloud.frontend();
      return this.tell({ perSubject: false, judgements: [found('undetermined', undefined, failure.message)] });
    });`,
    files: { 'site.yaml': site + signed + metrics },
    has: ['signature', 'metrics'],
    exit: 130,
  },
  {
    situation: 'AfterAll throws, and the key to sign with is not there',
    ...wholeAudit(),
    support: `AfterAll(() => { throw new Error('afterwards'); });`,
    files: { 'site.yaml': `${site}evidence: { sign_with: /nowhere/key }\n${metrics}` },
    has: ['metrics'],
    exit: 2,
    runFaults: [/afterwards/, /^the evidence was not signed: \/nowhere\/key: expected a signature, found “.*No such file.*”/],
  },
  {
    situation: 'the folder for the metrics is not there, and the name of the newest run is taken',
    ...wholeAudit(),
    files: { 'site.yaml': `${site}${signed}outputs: { prometheus: /nowhere }\n`, 'reports/latest/mine': '' },
    has: ['signature'],
    exit: 2,
    runFaults: [
      /^the metrics were not written: \/nowhere: expected a folder that this account can write to, found “ENOENT/,
      /reports\/latest does not point to this run; move away what is in its place: E/,
    ],
  },
  {
    situation: 'nothing can be signed, nor measured, and something is not met',
    ...wholeAudit({ 0: comes('not-met', ['it is not-met']) }),
    files: { 'site.yaml': `${site}evidence: { sign_with: /nowhere/key }\noutputs: { prometheus: /nowhere }\n` },
    exit: 1,
    runFaults: [/not signed/, /the metrics were not written/],
  },
  {
    situation: 'a site file with a fault',
    cases: healthy,
    files: { 'site.yaml': 'name: x\n' },
    exit: 3,
    noRun: /site\.yaml:1:1: frontend: missing/,
  },
  {
    situation: 'waivers with a fault',
    cases: healthy,
    files: { 'waivers.yaml': waiver('BDS-901', 30) + waiver('BDS-902', 366) },
    exit: 3,
    noRun: /waivers\.yaml:2:\d+: entry 2\.expires: expected a day at most 365 days ahead, /,
  },
  {
    situation: 'waivers that cannot be read',
    cases: healthy,
    files: { 'waivers.yaml/x': '' },
    exit: 3,
    noRun: /waivers\.yaml: the waivers cannot be read: .*EISDIR/,
  },
];

/** The cases of a row by the ids of their requirements. */
const numbered = ({ cases, ids }: Row) =>
  Object.entries(cases).map(([title, each], at) => ({ id: ids?.[at] ?? `BDS-${901 + at}`, title, ...each }));

const feature = (row: Row) =>
  [
    '@supports:CIS-v8:11.2',
    'Feature: Agreement',
    ...numbered(row).flatMap(({ id, title, steps }) => [
      '',
      `  @${id} @audit @severity:critical @evidences:NIST-800-53:CP-9(1)`,
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

function run(row: Row): Promise<Ended> {
  const folder = join(work, row.situation.replace(/\W+/g, '-'));
  const reports = join(folder, 'reports');
  const config = {
    paths: ['features/*.feature'],
    import: [join(root, 'support/run/world.ts'), join(root, 'support/run/hooks.ts'), 'steps.mjs'],
    plugin: [join(root, 'support/run/plugin.ts')],
    pluginOptions: { compliance: { profile: 'audit' } },
    format: [join(root, 'support/run/silent.ts')],
  };
  const support = numbered(row).map(({ id, support: own = '' }) => own.replace('TAG', `@${id}`));
  const waivers = waiversOf(row);
  const files = {
    'features/agreement.feature': feature(row),
    'steps.mjs': [common, ...support, row.support].join('\n'),
    'site.yaml': site,
    'cucumber.mjs': `export default ${JSON.stringify(config)};\n`,
    'metrics/.keep': '',
    // There is no BDS-666; BDS-101 is not of this run.
    ...(waivers.length > 0 && { 'waivers.yaml': [...waivers, waiver('BDS-666', 30), waiver('BDS-101', 30)].join('') }),
    ...row.files,
  };
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text.replace('METRICS', join(folder, 'metrics')));
  }
  const env = {
    ...process.env,
    BACKUP_COMPLIANCE_SITE: join(folder, 'site.yaml'),
    BACKUP_COMPLIANCE_REPORTS: reports,
    NODE_COMPILE_CACHE: join(work, 'compiled'),
  };
  const cucumber = join(root, 'node_modules/@cucumber/cucumber/bin/cucumber.js');
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [cucumber, ...(row.args ?? [])], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
    const said = { stdout: '', stderr: '' };
    child.stdout.on('data', (chunk) => (said.stdout += chunk));
    child.stderr.on('data', (chunk) => (said.stderr += chunk));
    child.on('error', reject);
    child.on('close', (exit) => resolve({ exit, ...said, reports }));
  });
}

/** Runs a row, and sees that all it wrote and said is as the row says. Returns its folder, and what else there is to compare. */
async function agrees(row: Row) {
  const { exit, stdout, stderr, reports } = await run(row);
  const story = `${stdout}\n${stderr}`;
  assert.equal(exit, row.exit, story);
  if (row.noRun) {
    assert.match(stderr, row.noRun);
    assert.equal(existsSync(reports), false);
    return undefined;
  }
  const [name, ...others] = readdirSync(reports).filter((each) => each !== 'latest' && !each.startsWith('history-'));
  assert.ok(name && others.length === 0);
  const folder = join(reports, name);
  if (!Object.keys(row.files ?? {}).some((file) => file.includes('latest'))) assert.equal(realpathSync(join(reports, 'latest')), folder);
  const read = (file: string) => readFileSync(join(folder, file), 'utf8');

  const file = JSON.parse(read('verdict.json')) as VerdictFile;
  assert.equal(file.exitCode, row.exit, 'verdict.json names the exit code of the process');
  const { runFaults = [], requirements, waiverNotes = [] } = file;
  const ofRun = row.runFaults ? { run: 'undetermined' } : {};
  assert.equal(runFaults.length, row.runFaults?.length ?? 0, runFaults.join('\n'));
  for (const [at, fault] of runFaults.entries()) assert.match(fault, row.runFaults?.[at] ?? assert.fail());

  const selected = numbered(row).filter(({ unselected }) => !unselected);
  const outcomes = Object.fromEntries(selected.map(({ id, outcome }) => [id, outcome]));
  assert.deepEqual(
    requirements.map(({ id, outcome }) => [id, outcome]),
    Object.entries(outcomes),
    `verdict.json\n${story}`,
  );
  assert.deepEqual(junitOutcomes(read('junit.xml')), { ...outcomes, ...ofRun }, 'junit.xml');
  const results = allureResults(join(folder, 'allure-results'));
  assert.deepEqual(allureOutcomes(results), { ...outcomes, ...ofRun }, 'Allure');
  assert.deepEqual(pageOutcomes(read('index.html')), { ...outcomes, ...ofRun }, 'index.html');
  assert.deepEqual(allurePageOutcomes(read('allure.html')), { ...outcomes, ...ofRun }, 'allure.html');
  assert.deepEqual(bannerOf(read('index.html')), { words: headlineOf(file), verdict: file.verdict }, 'the banner');
  assert.deepEqual(terminalSays(stdout), terminalShould(outcomes, terminalSays(stdout)), 'the terminal');
  const inHeimdall = Object.entries({ ...outcomes, ...ofRun }).map(([id, outcome]) => [id, heimdallLanguage[outcome as Outcome]]);
  assert.deepEqual(heimdallStatuses(read('hdf.json')), Object.fromEntries(inHeimdall), 'hdf.json');

  const isSigned = row.has?.includes('signature') ?? false;
  const sealed = await verifyEvidence(folder, isSigned ? join(work, 'signers') : undefined);
  assert.equal(sealed.exitCode, 0, sealed.lines.join('\n'));
  assert.equal(existsSync(join(folder, 'SHA256SUMS.sig')), isSigned);
  const measured = readdirSync(join(reports, '../metrics')).filter((each) => each !== '.keep');
  assert.equal(measured.length, row.has?.includes('metrics') ? 1 : 0);
  for (const each of measured)
    assert.match(
      readFileSync(join(reports, '../metrics', each), 'utf8'),
      new RegExp(`_exit_code{cloud="agreement",profile="audit"} ${row.exit}\n`),
    );

  assert.deepEqual(schemaFaults(file), []);
  for (const requirement of requirements) {
    const { id, outcome, reason } = requirement;
    assert.equal(reason === '', outcome === 'met', `${id}: only what is met needs no reason`);
    const said = results.get(id)?.statusDetails.message ?? '';
    assert.ok(said.includes(reason), `${id}: Allure gives the reason: ${said}`);
    const labels = results.get(id)?.labels.map(({ name: label, value }) => `${label} ${value}`) ?? [];
    for (const label of ['severity critical', 'supports CIS-v8 11.2']) assert.ok(labels.includes(label), `${id}: ${label}`);
    assert.equal(labels.includes('evidences NIST-800-53 CP-9(1)'), outcome === 'met', `${id}: only what is met is evidence`);
    const expected = selected.find((each) => each.id === id);
    assert.match(reason, expected?.reason ?? /(?:)/, id);
    for (const [field, value] of Object.entries(expected?.holds ?? {}))
      assert.deepEqual(requirement[field as keyof Requirement], value, `${id}: ${field}`);
  }
  const idle = selected.flatMap((each) => each.idle ?? []);
  const notes = idle.length > 0 ? [...idle, /^Unused waiver: BDS-666 is no requirement\./] : [];
  assert.equal(waiverNotes.length, notes.length, waiverNotes.join('\n'));
  for (const [at, note] of waiverNotes.entries()) {
    assert.match(note, notes[at] ?? assert.fail());
    assert.ok(stdout.replaceAll(/\s+/g, ' ').includes(note), 'the terminal says it, too');
    assert.ok(read('index.html').includes(note), 'so does the page');
  }
  for (const page of ['index.html', 'allure.html']) assert.match(read(page), /Content-Security-Policy/);
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const text = readFileSync(join(entry.parentPath, entry.name), 'utf8');
    const embedded = [...text.matchAll(/[A-Za-z0-9+/=]{64,}/g)].map(([base64]) => Buffer.from(base64, 'base64').toString());
    for (const each of [text, ...embedded]) assert.doesNotMatch(each, /SECRETvalue/, `${entry.name} holds a secret`);
  }
  const messages = read('messages.ndjson')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Envelope);
  return { folder, messages, judged: { file, exitCode: exit ?? -1, stdout } };
}

/** The entries of a row's waivers.yaml that are of its own requirements. */
const waiversOf = (row: Row): string[] =>
  numbered(row).flatMap(({ id, waivers: own = [] }) => own.map(([ahead, more]) => waiver(id, ahead, more)));

/** What a run of these requirements alone would have come to, by its messages. */
function alone(messages: readonly Envelope[], ids: readonly string[], row: Row): Verdict {
  const pickles = new Set(
    messages.flatMap(({ pickle }) => (pickle?.tags.some(({ name }) => ids.includes(name.slice(1))) ? [pickle.id] : [])),
  );
  const cases = new Set(messages.flatMap(({ testCase }) => (testCase && pickles.has(testCase.pickleId) ? [testCase.id] : [])));
  const starts = new Set(messages.flatMap(({ testCaseStarted: of }) => (of && cases.has(of.testCaseId) ? [of.id] : [])));
  const record = new RunRecord({ waivers: parseWaivers(waiversOf(row).join(''), 'waivers.yaml', day(0)), day: day(0) });
  record.expect(messages.flatMap(({ pickle }) => (pickle && pickles.has(pickle.id) ? [pickle] : [])));
  for (const message of messages) {
    const { pickle, testCase, testCaseStarted, testStepStarted, testStepFinished, testCaseFinished, attachment } = message;
    const ofStart = testStepStarted ?? testStepFinished ?? testCaseFinished ?? attachment;
    const isOurs =
      (!pickle || pickles.has(pickle.id)) &&
      (!testCase || cases.has(testCase.id)) &&
      (!testCaseStarted || starts.has(testCaseStarted.id)) &&
      (!ofStart || starts.has(ofStart.testCaseStartedId ?? ''));
    if (isOurs) record.add(message);
  }
  return record.verdict();
}

/** How a run ends beside a healthy scenario, and all by itself. */
const exits: Readonly<Record<Outcome, readonly [beside: number, alone: number]>> = {
  met: [0, 0],
  waived: [0, 0],
  'not-applicable': [0, 4],
  'not-met': [1, 1],
  undetermined: [2, 2],
  blocked: [2, 2],
};

describe('every run ends in one verdict, in all languages', { concurrency: 2 }, () => {
  for (const row of together) {
    test(row.situation, { timeout: 120_000 }, async (context) => {
      const ran = (await agrees(row)) ?? assert.fail();
      const [first = assert.fail(), ...others] = numbered(row);
      for (const { id, title, outcome } of others)
        await context.test(title, () => {
          for (const [at, ids] of [[first.id, id], [id]].entries()) {
            const { requirements, exitCode } = alone(ran.messages, ids, row);
            assert.equal(requirements.find((each) => each.id === id)?.outcome, outcome);
            assert.deepEqual([requirements.length, exitCode], [ids.length, exits[outcome][at]]);
          }
        });
      // The other row breaks Cucumber itself; where nothing but judgements is at work, its own messages agree, too.
      if (row.cases === judgements) await context.test('a file that says otherwise is seen, whichever it is', () => tampered(ran));
    });
  }
  for (const row of rows) test(row.situation, { timeout: 120_000 }, async () => void (await agrees(row)));
});

function tampered({ folder, judged }: NonNullable<Awaited<ReturnType<typeof agrees>>>): void {
  assert.deepEqual(disagreements(folder, judged), []);
  const tamper = (name: string, from: string | RegExp, to: string): string[] => {
    const path = join(folder, name);
    const whole = readFileSync(path, 'utf8');
    assert.notEqual(whole.replace(from, to), whole, name);
    writeFileSync(path, whole.replace(from, to));
    const seen = disagreements(folder, judged);
    writeFileSync(path, whole);
    return seen;
  };
  const [result = ''] = readdirSync(join(folder, 'allure-results')).filter((name) => name.endsWith('-result.json'));
  assert.match(tamper('messages.ndjson', '"type":"AssertionError"', '"type":"Error"').join(), /Cucumber's messages/);
  assert.match(tamper(join('allure-results', result), /"status":"\w+"/, '"status":"unknown"').join(), /Allure/);
  assert.match(
    tamper('index.html', /(<b>[A-Z]+-\d+<\/b><span class="title">[^\n]*?<span class="word not-met">)not met/, '$1met').join(),
    /index\.html/,
  );
  assert.match(tamper('index.html', '<h1 class="not-compliant"', '<h1 class="compliant"').join(), /banner of index\.html/);
  assert.match(
    tamper(
      'allure.html',
      /(data\/test-results\/[0-9a-f-]+\.json["'],\s*["'])[A-Za-z0-9+/=]+/,
      `$1${Buffer.from('{"name":"BDS-901 x","labels":[]}').toString('base64')}`,
    ).join(),
    /allure\.html/,
  );
  assert.match(tamper('junit.xml', '<failure type="not-met"', '<failure type="undetermined"').join(), /junit\.xml/);
  assert.match(tamper('hdf.json', '"status": "failed"', '"status": "passed"').join(), /hdf\.json/);
  const { stdout } = judged;
  assert.match(disagreements(folder, { ...judged, stdout: stdout.replace('NOT MET', 'UNDETERMINED') }).join(), /terminal/);
  assert.match(disagreements(folder, { ...judged, stdout: stdout.replace(/(?<=^\d+ met, )\d+/m, '77') }).join(), /terminal/);
  assert.match(disagreements(folder, { ...judged, exitCode: 0 }).join(), /ended with 0/);
}
