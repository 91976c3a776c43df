/** The main job on a whole cloud: the same verdict from inside and outside, all files. What it leaves untouched is in read-only.test.ts, too. */

import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { before, describe, it } from 'node:test';
import type { Result } from '../../lab/machines/lab.ts';
import { verifyEvidence } from '../../support/archive/verify.ts';
import { statementsOf } from '../../support/verdict/requirements.ts';
import type { VerdictFile } from '../../support/verdict/schema.ts';
import { latest, Rig } from '../rig.ts';
import { assertSame, snapshot } from '../snapshot.ts';
import { schemaFaults } from '../verdict/schema.ts';

/** What differs from run to run, and where it is started: the machine's own name for itself names the folder of its evidence. */
const PASSING = ['measured', 'run', 'startedAt', 'finishedAt', 'validUntil', 'since', 'seconds', 'evidence'];
const timeless = (file: VerdictFile) => JSON.parse(JSON.stringify(file, (key, value) => (PASSING.includes(key) ? undefined : value)));
const day = (ahead: number) => new Date(Date.now() + ahead * 86_400_000).toISOString().slice(0, 10);

describe('an audit of a whole cloud', () => {
  const rig = Rig.forTests();
  const inReports = (...names: string[]) => join(rig.reports, ...names);
  const read = (...names: string[]) => readFileSync(inReports(...names), 'utf8');
  /** The lab's settings, with a key to sign with and a place for metrics. */
  const SIGNED = 'reports/signed.yaml';

  /** It is signed, and the metrics say the same. */
  const isSignedAndMeasured = async (exitCode: number) => {
    const sealed = await rig.inside('verify-evidence', 'reports/latest', '--allowed-signers', 'reports/signers');
    assert.match(sealed.stdout, /^OK: \d+ files match\nSigned by me, /, sealed.stderr);
    const [name = '', ...others] = readdirSync(inReports('metrics'));
    assert.deepEqual(others, []);
    const measured = read('metrics', name);
    assert.equal(measured.match(/_requirement\{/g)?.length, statementsOf('audit').length);
    assert.match(measured, new RegExp(`_exit_code\\{.*\\} ${exitCode}\n`));
  };

  before(async () => {
    await rig.on('frontend01', 'ssh-keygen -q -t ed25519 -N "" -f ~/reports/key');
    mkdirSync(inReports('metrics'), { mode: 0o777 });
    const more = 'evidence: { sign_with: ~/reports/key }\noutputs: { prometheus: /var/lib/one/reports/metrics }';
    writeFileSync(inReports('signed.yaml'), `${await rig.on('frontend01', 'cat site.yaml')}\n${more}\n`);
    writeFileSync(inReports('signers'), `me ${read('key.pub')}`);
  });

  describe('from inside', () => {
    let audit: Result;
    before(async () => {
      await rig.on('kvm01', 'sed -i.off /backup01/d ~/.ssh/known_hosts');
      const whole = await snapshot(rig.lab, rig.reports);
      audit = await rig.suite('audit', SIGNED);
      assertSame(await snapshot(rig.lab, rig.reports), whole, audit.stdout);
    });

    it('is compliant, and all that is written says the same', () => {
      assert.equal(audit.exitCode, 0, audit.stdout);
      rig.assertAgree(audit);
      assert.notDeepEqual(schemaFaults({ ...rig.latest, verdict: 'fine' }), [], 'the schema refuses a verdict that is none');
      assert.deepEqual(
        rig.latest.requirements.map(({ id }) => id),
        statementsOf('audit').map(({ id }) => id),
      );
    });

    it('judges a host key that is not known yet, but does not store it', () => {
      const kvm01 = rig.requirement(105).subjects?.find(({ name }) => name.startsWith('kvm01'));
      assert.match(kvm01?.note ?? '', /does not have backup01\.example\.net's key yet/);
    });

    it('writes all files of a run, and each file of evidence is evidence of something', async () => {
      for (const name of [
        'index.html',
        'allure.html',
        'junit.xml',
        'hdf.json',
        'messages.ndjson',
        'evidence',
        'allure-results',
        'SHA256SUMS',
      ]) {
        assert.ok(existsSync(inReports('latest', name)), name);
      }
      const { lines, exitCode } = await verifyEvidence(inReports('latest'));
      assert.equal(exitCode, 0, lines.join('\n'));
      const named = rig.latest.requirements.flatMap((each) => [each, ...(each.subjects ?? [])]).flatMap(({ evidence = [] }) => evidence);
      const written = readdirSync(inReports('latest/evidence'), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map(({ name, parentPath }) => relative(inReports('latest'), join(parentPath, name)));
      assert.deepEqual([...new Set(named)].toSorted(), written.toSorted());
      for (const page of ['latest/index.html', 'latest/allure.html']) {
        const html = read(page);
        assert.match(html, /Content-Security-Policy/);
        assert.doesNotMatch(html, /googletagmanager|gtag\(/);
      }
    });

    it('says of all that is met what was measured', () => {
      const silent = rig.latest.requirements.filter(
        ({ outcome, measured, subjects = [] }) =>
          outcome === 'met' && measured === undefined && !subjects.some((subject) => subject.measured !== undefined),
      );
      assert.deepEqual(
        silent.map(({ id }) => id),
        [],
      );
    });

    it('is signed and measured where the site file says so', () => isSignedAndMeasured(0));

    it('comes to the same verdict as from outside, which logs in once to each machine, and finds the front-end among hashed names', async () => {
      const known = join(rig.lab.dir, 'operator/ssh/ssh_known_hosts');
      const plain = readFileSync(known, 'utf8');
      const hash = await rig.lab.run(['ssh-keygen', '-H', '-f', known]);
      assert.equal(hash.exitCode, 0, hash.stderr);
      assert.doesNotMatch(readFileSync(known, 'utf8'), /frontend01\.example\.net/);
      const accepted = async (machine: string) => Number(await rig.on(machine, 'grep -c "Accepted publickey" /var/log/sshd.log || true'));
      const machines = ['frontend01', 'kvm01', 'kvm02', 'backup01'];
      const logins = await Promise.all(machines.map(accepted));
      const elsewhere = mkdtempSync(join(tmpdir(), 'backup-compliance-outside-'));
      const { exitCode, stderr } = await rig.outside('audit', '--reports', elsewhere);
      const now = await Promise.all(machines.map(accepted));
      writeFileSync(known, plain);
      rmSync(`${known}.old`, { force: true });
      assert.equal(exitCode, 0, stderr);
      assert.deepEqual(timeless(latest(elsewhere)), timeless(rig.latest));
      rmSync(elsewhere, { recursive: true });
      // To the backup server log in: the front-end, each hypervisor, and the front-end with the agent's keys alone (BDS-103).
      assert.deepEqual(
        now.map((count, index) => count - (logins[index] ?? 0)),
        [1, 1, 1, 4],
      );
      await rig.on('kvm01', 'mv ~/.ssh/known_hosts.off ~/.ssh/known_hosts');
    });
  });

  it("ends the same way by Cucumber's own command where something is not met", async () => {
    const broken = await rig.broken(['jq-missing-on-backup', 'noisy-bashrc-on-backup'], () => rig.cucumber('audit'));
    assert.equal(broken.exitCode, 1);
    assert.deepEqual(rig.notMet, ['BDS-104', 'BDS-304']);
    rig.assertAgree(broken);
  });

  it('rechecks one requirement on one machine', async () => {
    const [other, same] = await rig.broken('host-sshd-down', async () => [
      await rig.suite('audit', 'site.yaml', '--only', 'BDS-102@kvm02'),
      await rig.suite('audit', 'site.yaml', '--only', 'BDS-102@kvm01'),
    ]);
    assert.equal(other?.exitCode, 0, other?.stdout);
    assert.equal(same?.exitCode, 1, same?.stdout);
    assert.deepEqual(
      rig.latest.requirements.map(({ id, subjects }) => [id, subjects?.map(({ name }) => name)]),
      [['BDS-102', ['kvm01.example.net']]],
    );
  });

  it('heeds the waivers beside the site file: one in force, one of a machine, one that is expired, one that is not needed', async () => {
    const waive = (scope: string, expires: string) => `- { ${scope}, owner: Jane Doe, reason: ordered, expires: ${expires} }`;
    const waivers = [
      waive('requirement: BDS-104', day(1)),
      waive('requirement: BDS-102, subject: kvm01', day(30)),
      waive('requirement: BDS-405', day(-1)),
      waive('requirement: BDS-102, subject: kvm02.example.net', day(30)),
    ];
    await rig.on('frontend01', `echo '${waivers.join('\n')}' > waivers.yaml`);
    const audit = await rig.broken(['noisy-bashrc-on-backup', 'host-sshd-down', 'capacity-stale'], () => rig.suite('audit'));
    await rig.on('frontend01', 'rm waivers.yaml');
    assert.equal(audit.exitCode, 1, audit.stdout);
    rig.assertAgree(audit);
    const { outcome, trueOutcome, waiver, reason } = rig.requirement(104);
    assert.deepEqual([outcome, trueOutcome, waiver?.expired], ['waived', 'not-met', false]);
    assert.match(reason, /^Not met, but waived until .* by Jane Doe \(ordered\): .*backup01/);
    const { outcome: together, subjects } = rig.requirement(102);
    assert.deepEqual([together, subjects?.map((subject) => subject.outcome)], ['waived', ['waived', 'met']]);
    assert.equal(rig.requirement(303).outcome, 'blocked', 'nothing behind it is waived');
    assert.deepEqual([rig.notMet, rig.requirement(405).waiver?.expired], [['BDS-405'], true]);
    assert.match(rig.requirement(405).reason, /is expired since the end of/);
    assert.match(rig.latest.waiverNotes?.join() ?? '', /^Unused waiver: BDS-102 on kvm02\.example\.net is already met there\./);
  });

  it('is done with a site file that init wrote, and init never writes over one', async () => {
    const first = await rig.inside('init', '--site', 'new.yaml');
    assert.equal(first.exitCode, 0, first.stderr);
    const written = await rig.on('frontend01', 'cat new.yaml');
    assert.match(written, /rsync_host: backup01\.example\.net/);
    assert.match(written, /^ {2}# path: \/var\/lib\/one\/datastores$/m);
    assert.match(written, /^# protect:\n# +vms: all +# 2 VMs now/m);
    const nowhere = await rig.inside('init', '--site', 'missing/new.yaml');
    assert.deepEqual([nowhere.exitCode, /there is no folder .*\/missing to write it to/.test(nowhere.stderr)], [3, true], nowhere.stderr);
    const second = await rig.inside('init', '--site', 'new.yaml');
    assert.equal(second.exitCode, 3);
    assert.match(second.stderr, /there already/);
    assert.equal(await rig.on('frontend01', 'cat new.yaml'), written);
    const audit = await rig.suite('audit', 'new.yaml', '--only', 'BDS-402');
    assert.equal(audit.exitCode, 0, audit.stdout);
  });

  it('has in the site file that init wrote where OpenNebula keeps the datastore', async () => {
    const keep = (path: string) =>
      rig.edit(({ datastores }) => Object.assign(datastores.find(({ ID }) => ID === '100') ?? {}, { BASE_PATH: `${path}/100` }));
    await keep('/var/tmp//one');
    await rig.inside('init', '--site', 'elsewhere.yaml').finally(() => keep('/var/lib/one//datastores'));
    await rig.on('backup01', 'rm -r /var/tmp/one');
    assert.match(await rig.on('frontend01', 'cat elsewhere.yaml'), /^ {2}path: \/var\/tmp\/one$/m);
  });

  it('is ended by Ctrl-C with 130, and what was learned is in the report, signed and measured', async () => {
    const { exitCode, stdout } = await rig.broken('server-frozen', async () => {
      const { ended, signal } = await rig.begin('audit', SIGNED);
      // That there are hypervisors to ask the front-end has said by then.
      await rig.untilSays('kvm01', 'pgrep -x ssh');
      await signal('INT', 'group');
      return ended;
    });
    assert.equal(exitCode, 130, stdout);
    assert.deepEqual([rig.latest.exitCode, rig.latest.verdict], [130, 'undetermined']);
    assert.match(rig.requirement(101).reason, /interrupted/);
    assert.equal(rig.requirement(402).outcome, 'met', 'the front-end had answered before');
    assert.ok(existsSync(inReports('latest/index.html')));
    await isSignedAndMeasured(130);
  });

  it('says what it did not reach by its own deadline', async () => {
    const site = await rig.site('hurry.yaml', '$a deadlines: { connect: 60, run: 10 }');
    const { exitCode, stdout } = await rig.broken('server-frozen', () => rig.suite('audit', site));
    assert.equal(exitCode, 2, stdout);
    assert.match(rig.requirement(101).reason, /time was over, 10 s/);
    assert.equal(rig.requirement(102).outcome, 'undetermined');
  });
});
