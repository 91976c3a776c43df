/** The main job on a whole cloud: the same verdict from inside and outside, all files. What it leaves untouched is in read-only.test.ts. */

import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { after, describe, it } from 'node:test';
import { change } from '../../lab/faults/opennebula.ts';
import type { VerdictFile } from '../../support/archive/files.ts';
import { verifyEvidence } from '../../support/archive/verify.ts';
import { statementsOf } from '../../support/verdict/requirements.ts';
import { assertSame, snapshot } from '../snapshot.ts';
import { disagreements } from '../verdict/languages.ts';
import { schemaFaults } from '../verdict/schema.ts';
import { latest, TestLab } from './lab.ts';

/** What differs from run to run, and where it is started: the machine's own name for itself names the folder of its evidence. */
const PASSING = ['run', 'startedAt', 'finishedAt', 'validUntil', 'since', 'evidence'];
const timeless = (file: VerdictFile) => JSON.parse(JSON.stringify(file, (key, value) => (PASSING.includes(key) ? undefined : value)));

/** Waits until an audit says what it is looking at: a busy machine takes its time to begin. */
const LOOKING = 'until grep -qs "looking at" progress; do sleep 0.1; done';

/** bash text that does something while an audit runs, and ends as the audit does. */
const meanwhile = (site: string, what: string) =>
  `set -m; cd; rm -f progress; /opt/suite/bin/backup-compliance audit --site ${site} --reports reports 2> progress & ${what}; wait $!`;

describe('an audit of a whole cloud', () => {
  const cloud = new TestLab('whole');

  it('is compliant', async () => {
    const { exitCode, stdout } = await cloud.audit();
    assert.equal(exitCode, 0, stdout);
  });

  it('judges a host key that is not known yet, but does not store it', async () => {
    await cloud.on('kvm01', 'cp -p ~/.ssh/known_hosts ~/known.off && sed -i /backup01/d ~/.ssh/known_hosts');
    const before = await snapshot(cloud.lab, cloud.reports);
    const { exitCode, stdout } = await cloud.audit();
    assertSame(await snapshot(cloud.lab, cloud.reports), before, stdout);
    await cloud.on('kvm01', 'mv ~/known.off ~/.ssh/known_hosts');
    assert.equal(exitCode, 0, stdout);
    const kvm01 = cloud.requirement('BDS-105').machines?.find(({ name }) => name.startsWith('kvm01'));
    assert.match(kvm01?.note ?? '', /does not have backup01\.example\.net's key yet/);
  });

  it('comes to the same verdict from outside over ssh, but for times', async () => {
    await cloud.audit();
    const elsewhere = mkdtempSync(join(tmpdir(), 'backup-compliance-outside-'));
    const { exitCode, stderr } = await cloud.outside('audit', '--reports', elsewhere);
    assert.equal(exitCode, 0, stderr);
    assert.deepEqual(timeless(latest(elsewhere)), timeless(cloud.latest));
    rmSync(elsewhere, { recursive: true });
  });

  it("writes the same files and ends the same way by Cucumber's own command", async () => {
    const before = cloud.latest.run;
    const command =
      'cd /opt/suite && BACKUP_COMPLIANCE_SITE=~/site.yaml BACKUP_COMPLIANCE_REPORTS=~/reports PATH=$PWD/node_modules/.bin:$PATH cucumber-js -p audit';
    assert.match(await cloud.on('frontend01', command), /COMPLIANT/);
    assert.notEqual(cloud.latest.run, before);
    const broken = await cloud.broken('jq-missing-on-backup', () =>
      cloud.broken('noisy-bashrc-on-backup', () => cloud.lab.shell('frontend01', ['sh', '-c', command])),
    );
    assert.equal(broken.exitCode, 1);
  });

  it('logs in once to each machine it asks, and once more for what only another login can tell', async () => {
    const accepted = async (machine: string) => Number(await cloud.on(machine, 'grep -c "Accepted publickey" /var/log/sshd.log || true'));
    const machines = ['frontend01', 'kvm01', 'kvm02', 'backup01'];
    const before = await Promise.all(machines.map(accepted));
    await cloud.outside('audit', '--reports', cloud.reports);
    const logins = (await Promise.all(machines.map(accepted))).map((count, index) => count - (before[index] ?? 0));
    // The backup server: the front-end, each hypervisor, and the front-end with the agent's keys alone (BDS-103).
    assert.deepEqual(Object.fromEntries(machines.map((machine, index) => [machine, logins[index]])), {
      frontend01: 1,
      kvm01: 1,
      kvm02: 1,
      backup01: 4,
    });
  });

  it('finds the front-end in a known_hosts of hashed names', async () => {
    const known = join(cloud.lab.dir, 'operator/ssh/ssh_known_hosts');
    const plain = readFileSync(known, 'utf8');
    const hash = await cloud.lab.run(['ssh-keygen', '-H', '-f', known]);
    assert.equal(hash.exitCode, 0, hash.stderr);
    assert.doesNotMatch(readFileSync(known, 'utf8'), /frontend01\.example\.net/);
    const { exitCode, stdout } = await cloud.outside('audit', '--reports', cloud.reports, '--only', 'BDS-402');
    writeFileSync(known, plain);
    rmSync(`${known}.old`, { force: true });
    assert.equal(exitCode, 0, stdout);
  });

  it('writes all files of a run, and they say the same', async () => {
    await cloud.audit();
    assert.deepEqual(schemaFaults(cloud.latest), []);
    assert.notDeepEqual(schemaFaults({ ...cloud.latest, verdict: 'fine' }), [], 'the schema refuses a verdict that is none');
    assert.deepEqual(
      cloud.latest.requirements.map(({ id }) => id),
      statementsOf('audit').map(({ id }) => id),
    );
    for (const name of ['index.html', 'junit.xml', 'hdf.json', 'messages.ndjson', 'evidence', 'allure-results', 'SHA256SUMS']) {
      assert.ok(existsSync(join(cloud.reports, 'latest', name)), name);
    }
    const { lines, exitCode } = await verifyEvidence(join(cloud.reports, 'latest'));
    assert.equal(exitCode, 0, lines.join('\n'));
    const named = cloud.latest.requirements.flatMap((each) => [each, ...(each.machines ?? [])]).flatMap(({ evidence = [] }) => evidence);
    const written = readdirSync(join(cloud.reports, 'latest/evidence'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ name, parentPath }) => relative(join(cloud.reports, 'latest'), join(parentPath, name)));
    assert.deepEqual([...new Set(named)].toSorted(), written.toSorted(), 'each file is evidence of something');
    const html = readFileSync(join(cloud.reports, 'latest', 'index.html'), 'utf8');
    assert.match(html, /Content-Security-Policy/);
    assert.doesNotMatch(html, /googletagmanager|gtag\(/);
  });

  it('is signed and measured where the site file says so, interrupted or not', async () => {
    await cloud.on('frontend01', 'ssh-keygen -q -t ed25519 -N "" -f ~/reports/key && mkdir ~/reports/metrics');
    const more = 'evidence: { sign_with: ~/reports/key }\noutputs: { prometheus: /var/lib/one/reports/metrics }';
    writeFileSync(join(cloud.reports, 'signed.yaml'), `${await cloud.on('frontend01', 'cat site.yaml')}\n${more}\n`);
    writeFileSync(join(cloud.reports, 'signers'), `me ${readFileSync(join(cloud.reports, 'key.pub'), 'utf8')}`);
    for (const [ending, wanted] of [
      ['true', 0],
      [`${LOOKING}; kill -INT $!`, 130],
    ] as const) {
      const look = () => cloud.lab.shell('frontend01', ['bash', '-c', meanwhile('reports/signed.yaml', ending)]);
      const { exitCode, stdout } = await (wanted === 0 ? look() : cloud.broken('server-frozen', look));
      assert.equal(exitCode, wanted, stdout);
      const sealed = await cloud.inside('verify-evidence', 'reports/latest', '--allowed-signers', 'reports/signers');
      assert.match(sealed.stdout, /^Files as they were sealed: \d+\.\nSigned by me, /, sealed.stderr);
      const [name = '', ...others] = readdirSync(join(cloud.reports, 'metrics'));
      assert.deepEqual(others, []);
      const measured = readFileSync(join(cloud.reports, 'metrics', name), 'utf8');
      assert.equal(measured.match(/_requirement\{/g)?.length, statementsOf('audit').length);
      assert.match(measured, new RegExp(`_exit_code\\{.*\\} ${wanted}\n`));
    }
  });

  it('rechecks one requirement on one machine', async () => {
    const [other, same] = await cloud.broken('host-sshd-down', async () => [
      await cloud.audit('site.yaml', '--only', 'BDS-102@kvm02'),
      await cloud.audit('site.yaml', '--only', 'BDS-102@kvm01'),
    ]);
    assert.equal(other?.exitCode, 0, other?.stdout);
    assert.equal(same?.exitCode, 1, same?.stdout);
    assert.deepEqual(
      cloud.latest.requirements.map(({ id, machines }) => [id, machines?.map(({ name }) => name)]),
      [['BDS-102', ['kvm01.example.net']]],
    );
  });

  describe('with waivers beside the site file', () => {
    const day = (ahead: number) => new Date(Date.now() + ahead * 86_400_000).toISOString().slice(0, 10);
    const waive = (scope: string, expires: string) =>
      cloud.on('frontend01', `echo "- { ${scope}, owner: Jane Doe, reason: ordered, expires: ${expires} }" > waivers.yaml`);
    after(() => cloud.on('frontend01', 'rm -f waivers.yaml'));

    it('is compliant in spite of what is waived, until the waiver expires', async () => {
      const audit = async (expires: string) => {
        await waive('requirement: BDS-104', expires);
        return cloud.broken('noisy-bashrc-on-backup', () => cloud.audit());
      };
      const { exitCode, stdout } = await audit(day(1));
      assert.equal(exitCode, 0, stdout);
      const { outcome, trueOutcome, waiver, reason } = cloud.requirement('BDS-104');
      assert.deepEqual([outcome, trueOutcome, waiver?.expired], ['waived', 'not-met', false]);
      assert.match(reason, /^Not met, but waived until .* by Jane Doe \(ordered\): .*backup01/);
      assert.deepEqual(schemaFaults(cloud.latest), []);
      assert.deepEqual(disagreements(join(cloud.reports, 'latest'), { file: cloud.latest, exitCode, stdout }), []);

      assert.equal((await audit(day(-1))).exitCode, 1);
      assert.equal(cloud.requirement('BDS-104').waiver?.expired, true);
      assert.match(cloud.requirement('BDS-104').reason, /is expired since the end of/);
    });

    it('covers the machine that is named, by its short name, and nothing behind it', async () => {
      await waive('requirement: BDS-102, machine: kvm01', day(30));
      const { exitCode, stdout } = await cloud.broken('host-sshd-down', () => cloud.audit());
      assert.equal(exitCode, 2, stdout);
      const { outcome, machines } = cloud.requirement('BDS-102');
      assert.deepEqual([outcome, machines?.map((machine) => machine.outcome)], ['waived', ['waived', 'met']]);
      assert.equal(cloud.requirement('BDS-303').outcome, 'blocked');
      assert.deepEqual(disagreements(join(cloud.reports, 'latest'), { file: cloud.latest, exitCode, stdout }), []);
    });

    it('names a waiver that is not needed, and ends as without it', async () => {
      await waive('requirement: BDS-102, machine: kvm02.example.net', day(30));
      const { exitCode, stdout } = await cloud.audit();
      assert.equal(exitCode, 0, stdout);
      assert.match(
        cloud.latest.waiverNotes?.join() ?? '',
        /^The waiver of BDS-102 on kvm02\.example\.net covers nothing: the requirement is met there\./,
      );
    });

    it('does not begin with a file that has a fault, and makes no folder', async () => {
      const before = readdirSync(cloud.reports);
      await waive('requirement: BDS-102', day(366));
      const { exitCode, stderr } = await cloud.audit();
      assert.equal(exitCode, 3);
      assert.match(stderr, /waivers\.yaml:1:\d+: entry 1\.expires: expected a day at most 365 days ahead/);
      assert.deepEqual(readdirSync(cloud.reports), before);
    });
  });

  it('is done with a site file that init wrote, and init never writes over one', async () => {
    const first = await cloud.inside('init', '--site', 'new.yaml');
    assert.equal(first.exitCode, 0, first.stderr);
    const written = await cloud.on('frontend01', 'cat new.yaml');
    assert.match(written, /rsync_host: backup01\.example\.net/);
    const nowhere = await cloud.inside('init', '--site', 'missing/new.yaml');
    assert.deepEqual([nowhere.exitCode, /there is no folder .*\/missing to write it to/.test(nowhere.stderr)], [3, true], nowhere.stderr);
    const second = await cloud.inside('init', '--site', 'new.yaml');
    assert.equal(second.exitCode, 3);
    assert.match(second.stderr, /there already/);
    assert.equal(await cloud.on('frontend01', 'cat new.yaml'), written);
    const audit = await cloud.audit('new.yaml', '--only', 'BDS-402');
    assert.equal(audit.exitCode, 0, audit.stdout);
  });

  it('has in the site file that init wrote where OpenNebula keeps the datastore', async () => {
    const keep = (path: string) =>
      change(cloud.lab, ({ datastores }) => {
        Object.assign(datastores.find(({ ID }) => ID === '100') ?? {}, { BASE_PATH: `${path}/100` });
        return '';
      });
    await keep('/var/tmp//one');
    await cloud.inside('init', '--site', 'elsewhere.yaml').finally(() => keep('/var/lib/one//datastores'));
    await cloud.on('backup01', 'rm -r /var/tmp/one');
    assert.match(await cloud.on('frontend01', 'cat elsewhere.yaml'), /^ {2}path: \/var\/tmp\/one$/m);
    await cloud.inside('init', '--site', 'stock.yaml');
    assert.match(await cloud.on('frontend01', 'cat stock.yaml'), /^ {2}# path: \/var\/lib\/one\/datastores$/m);
  });

  it('is ended by Ctrl-C with 130, and what was learned is in the report', async () => {
    const { exitCode, stdout } = await cloud.broken('server-frozen', () =>
      cloud.lab.shell('frontend01', ['bash', '-c', meanwhile('site.yaml', `${LOOKING}; sleep 3; kill -INT $!`)]),
    );
    assert.equal(exitCode, 130, stdout);
    assert.equal(cloud.latest.exitCode, 130);
    assert.equal(cloud.latest.verdict, 'undetermined');
    assert.match(cloud.requirement('BDS-101').reason, /interrupted/);
    assert.equal(cloud.requirement('BDS-402').outcome, 'met', 'the front-end had answered before');
    assert.ok(existsSync(join(cloud.reports, 'latest', 'index.html')));
  });

  it('says what it did not reach by its own deadline', async () => {
    writeFileSync(
      join(cloud.reports, 'hurry.yaml'),
      `${await cloud.on('frontend01', 'cat site.yaml')}\ndeadlines: { connect: 60, run: 10 }\n`,
    );
    const { exitCode, stdout } = await cloud.broken('server-frozen', () => cloud.audit('reports/hurry.yaml'));
    assert.equal(exitCode, 2, stdout);
    assert.equal(cloud.requirement('BDS-102').outcome, 'undetermined');
  });
});
