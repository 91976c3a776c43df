/** Runs as they are told, written: what stands in their files, and what does not. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { verifyEvidence } from '../../support/archive/verify.ts';
import { type EndedRun, writeRun } from '../../support/archive/write.ts';
import { redact } from '../../support/outcome/secrets.ts';
import { statements } from '../../support/verdict/requirements.ts';
import type { VerdictFile } from '../../support/verdict/schema.ts';
import { audited, evidence, filesIn, Reports, requirement, type Told } from '../told.ts';
import { allureOutcomes, allurePageOutcomes, allureResults, junitOutcomes, pageOutcomes } from '../verdict/languages.ts';
import { schemaFaults } from '../verdict/schema.ts';

const reports = new Reports();
const inBase64 = (text: string) => Buffer.from(text).toString('base64');

/** Each text of a run's files, what the page holds in base64 as well, that has one of these in it. */
function holding(folder: string, secrets: readonly string[]): string[] {
  const files = filesIn(folder);
  assert.ok(files.size > 5);
  return [...files].flatMap(([name, text]) => {
    const embedded = Array.from(text.matchAll(/[A-Za-z0-9+/=]{64,}/g), ([base64]) => Buffer.from(base64, 'base64').toString());
    return secrets
      .filter((secret) => [name, text, ...embedded].some((each) => each.includes(secret)))
      .map((secret) => `${name}: ${secret}`);
  });
}

describe('secrets', () => {
  /** A run in which each machine answered this; what a shell takes out of an answer as it comes in is gone. */
  const answered = (answers: readonly string[], told: Told = {}) => {
    const run = reports.told(told);
    for (const [at, stdout] of answers.entries()) {
      const exhibit = run.evidence.exhibit(evidence({ machine: `kvm0${at}`, command: `ask kvm0${at}`, stdout: redact(stdout) }), 8192);
      const judgements = [{ outcome: 'met', reason: '', machine: `kvm0${at}`, exhibits: [exhibit] }];
      const attachment = { mediaType: 'application/vnd.opennebula-backup-compliance.findings+json', testCaseStartedId: 'started-BDS-102' };
      run.spool.message({ attachment: { ...attachment, contentEncoding: 'IDENTITY', body: JSON.stringify({ judgements }) } } as never);
    }
    return writeRun(run);
  };

  test('that only the last machine asked betrays are in no file, though machines before it had shown them', async () => {
    const secret = 'Planted "late" \\ ü-1';
    const reason = `kvm00: expected nothing, found ${secret}.`;
    const of = [requirement('not-met', { id: 'BDS-102', reason, fix: `Change ${secret}.`, note: secret, subjects: [] })];
    const said = ['PAD', secret, inBase64(`${secret}, and more`), JSON.stringify({ a: secret })].join('\n');
    const more: Partial<EndedRun> = {
      actions: [{ what: `wrote ${secret}`, state: 'changed' }],
      waiverNotes: [`of ${secret}`],
      profile: 'gate',
      statements: statements().map((each) => ({ ...each, why: `Keeps ${secret}.` })),
    };
    const { file } = await answered([said, `again ${said}`, `<DB_PASS><![CDATA[${secret}]]></DB_PASS>`, 'X_TOKEN="rsync Backups"'], {
      of,
      runFaults: [secret],
      more,
    });
    const folder = join(reports.folder, file.run);
    assert.deepEqual(holding(folder, ['Planted', inBase64(secret).slice(4, 20), 'rsync Backups']), []);
    const [first = '', second = ''] = [...filesIn(folder)].flatMap(([name, text]) => (name.startsWith('evidence/') ? text : []));
    for (const text of [first, second]) assert.match(text, /PAD\n\[redacted\]\n/, 'what stood there is marked, and all else is there');
    assert.equal(file.requirements[0]?.reason, 'kvm00: expected nothing, found [redacted].');
    assert.deepEqual(
      [file.requirements[0]?.outcome, file.actions, file.runFaults],
      ['not-met', [{ what: 'wrote [redacted]', state: 'changed' }], ['[redacted]']],
    );
    assert.deepEqual(schemaFaults(file), []);
  });

  test('of a VM are in no file, however its template writes them', async () => {
    const texts = [
      '<DB_PASS><![CDATA[Planted-01]]></DB_PASS><MYSQL_PWD>Planted-02</MYSQL_PWD>',
      'APIKEY = "Planted-03"\nROOT_PW=Planted-04\nWIFI_PSK: Planted-05',
      "<LUKS_KEY><![CDATA[Planted-06]]></LUKS_KEY>\nmysqldump --password Planted-07 && sshpass -p 'Planted-08' ssh host",
      'chpasswd:\n  list: |\n    root:Planted-09\n    oper:Planted-10\n',
      'git clone with ghp_Planted11Planted11 and glpat-Planted-12',
      '-----BEGIN PGP MESSAGE-----\nPlanted-13\n-----END PGP MESSAGE-----',
      'LUKS_PASSPHRASE = Planted-14 Planted-14',
    ];
    const secrets = new Set(texts.flatMap((text) => text.match(/Planted-?\d\d( Planted-14|Planted11)?/g) ?? assert.fail()));
    assert.equal(secrets.size, 14);
    const { file } = await answered([...[...secrets].map((secret) => `said ${secret}`), ...texts, ...texts.map(inBase64)]);
    assert.deepEqual(holding(join(reports.folder, file.run), [...secrets, 'Planted']), []);
  });
});

describe('all of a run', () => {
  test('is there, sealed, of its schema, and says the same', async () => {
    const of = audited({ 'BDS-102': 'not-met', 'BDS-104': 'blocked', 'BDS-204': 'waived', 'BDS-106': 'not-applicable' });
    const { file, report, remarks } = await reports.write({ of });
    assert.deepEqual([report, remarks], [join(reports.folder, file.run, 'index.html'), []]);
    const files = filesIn(reports.latest);
    assert.deepEqual(JSON.parse(files.get('verdict.json') ?? ''), file);
    assert.deepEqual(schemaFaults(file), []);
    const outcomes = Object.fromEntries(of.map(({ id, outcome }) => [id, outcome]));
    assert.deepEqual(junitOutcomes(files.get('junit.xml') ?? ''), outcomes);
    assert.deepEqual(allureOutcomes(allureResults(join(reports.latest, 'allure-results'))), outcomes);
    assert.equal(files.get('messages.ndjson')?.match(/^\{"testCaseFinished":/gm)?.length, of.length);
    assert.deepEqual(pageOutcomes(files.get('index.html') ?? ''), outcomes);
    assert.deepEqual(allurePageOutcomes(files.get('allure.html') ?? ''), outcomes);
    assert.equal((await verifyEvidence(reports.latest)).exitCode, 0);
    const others = (files.get('SHA256SUMS') ?? '').split('\n').filter((line) => !line.endsWith('  index.html'));
    const sum = createHash('sha256').update(others.join('\n')).digest('hex');
    assert.ok(files.get('index.html')?.includes(`<code>${sum}</code>`), 'the page names the hash of all other files');
    assert.deepEqual(
      readdirSync(reports.latest).filter((name) => name.startsWith('.')),
      [],
    );
  });

  test('is told to be interrupted, a part, or what a run that changes something did', async () => {
    const part: Partial<EndedRun> = {
      exitCode: 130,
      onlyRequirements: ['BDS-101'],
      onlySubject: 'kvm01',
      actions: [{ what: 'x', state: 'left' }],
    };
    const { file, report } = await reports.write({ more: { ...part, profile: 'gate', allure: false } });
    assert.deepEqual({ ...file, ...part, verdict: 'compliant' }, file);
    assert.ok(report !== undefined && !existsSync(join(dirname(report), 'allure.html')), 'a page that nobody looks at is not made');
    assert.equal('actions' in (await reports.write({ more: { allure: false } })).file, false);
  });
});

describe('what goes wrong with a file is a fault of the run, which all others state', () => {
  const nowhere = 'evidence: { sign_with: /nowhere/key }\noutputs: { prometheus: /nowhere }';
  /** Something else stands where the name would, a file where it is that of a folder. */
  const taken = (name: string) => (folder: string) => (name.includes('.') || name === 'SHA256SUMS' ? mkdirSync : touch)(join(folder, name));
  const touch = (path: string) => writeFileSync(path, '');
  for (const [what, says, settings = ''] of [
    ['messages.ndjson', /^messages\.ndjson was not written: EISDIR/],
    ['evidence', /^evidence was not written: E(NOTDIR|EXIST)/],
    ['allure-results', /^Allure's report was not written: E(NOTDIR|EXIST)/],
    ['allure.html', /^Allure's report was not written: EISDIR/],
    ['index.html', /^the report was not written: EISDIR/],
    ['junit.xml', /^junit\.xml was not written: EISDIR/],
    ['hdf.json', /^hdf\.json was not written: EISDIR/],
    ['verdict.json', /^verdict\.json was not written: EISDIR.*; the evidence was not sealed: there is no verdict\.json$/],
    ['SHA256SUMS', /^the evidence was not sealed: EISDIR/],
    [
      'no key, nor a place for metrics',
      /^the evidence was not signed: \/nowhere\/key: .*; the metrics were not written: \/nowhere: /,
      nowhere,
    ],
  ] as const)
    test(what, async () => {
      const own = new Reports();
      const run = own.told({ of: { 'BDS-101': 'met' }, settings, more: { allure: what === 'allure.html' } });
      run.evidence.exhibit(evidence(), 10);
      if (settings === '') taken(what)(run.folder);
      const { file, report } = await writeRun(run);
      assert.match(file.runFaults?.join('; ') ?? '', says);
      assert.deepEqual(
        [file.verdict, file.exitCode, file.requirements[0]?.outcome, report],
        ['undetermined', 2, 'met', what === 'index.html' ? undefined : join(run.folder, 'index.html')],
      );
      const stated = (name: string) => (name === what ? '' : readFileSync(join(run.folder, name), 'utf8'));
      if (what !== 'verdict.json') assert.deepEqual((JSON.parse(stated('verdict.json')) as VerdictFile).runFaults, file.runFaults);
      if (what !== 'junit.xml') assert.equal(junitOutcomes(stated('junit.xml')).run, 'undetermined');
      if (what !== 'hdf.json') assert.match(stated('hdf.json'), /"id": "run"/);
      if (what !== 'index.html') assert.deepEqual(pageOutcomes(stated('index.html')), { 'BDS-101': 'met', run: 'undetermined' });
      if (!says.source.includes('Allure'))
        assert.deepEqual(allureOutcomes(allureResults(join(run.folder, 'allure-results'))), { 'BDS-101': 'met', run: 'undetermined' });
      assert.equal(existsSync(join(run.folder, 'SHA256SUMS')), !['SHA256SUMS', 'verdict.json'].includes(what));
      assert.equal(readdirSync(own.folder).includes('latest'), what !== 'verdict.json', 'without a verdict it takes nobody’s place');
    });

  test('of what could not be written to its end nothing is left', async () => {
    const run = new Reports().told({ of: { 'BDS-101': 'met' }, more: { allure: false } });
    run.spool.lines = function* () {
      yield* ['one', 'two'];
      throw new Error('ENOSPC: no space left on device, write');
    };
    const { file } = await writeRun(run);
    assert.match(file.runFaults?.join() ?? '', /^messages\.ndjson was not written: ENOSPC: no space left on device, write in \S+$/);
    assert.deepEqual(
      ['messages.ndjson', 'verdict.json', 'SHA256SUMS'].map((name) => existsSync(join(run.folder, name))),
      [false, true, true],
    );
  });

  test('the name of the newest run is taken, and what is not met stays so', async () => {
    const own = new Reports();
    mkdirSync(join(own.latest, 'mine'), { recursive: true });
    const { file } = await own.write({ of: { 'BDS-101': 'not-met' }, more: { allure: false } });
    assert.match(file.runFaults?.join() ?? '', /\/latest does not point to this run; move away what is in its place: E/);
    assert.deepEqual([file.exitCode, readdirSync(own.latest)], [1, ['mine']]);
    assert.deepEqual(JSON.parse(readFileSync(join(own.folder, file.run, 'verdict.json'), 'utf8')), file);
  });
});

test('the metrics are those of whole runs', async () => {
  const own = new Reports();
  const into = join(own.folder, 'metrics');
  mkdirSync(into);
  const settings = `outputs: { prometheus: ${into} }`;
  await own.write({ settings, more: { allure: false, onlyRequirements: ['BDS-101'] } });
  assert.deepEqual(readdirSync(into), []);
  await own.write({ settings, more: { allure: false, exitCode: 130 } });
  assert.match(readFileSync(join(into, readdirSync(into)[0] ?? ''), 'utf8'), /exit_code\{.*\} 130\n/);
});
