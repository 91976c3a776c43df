/** What is wrong with the way in, the settings or the answers: said clearly, never taken for a finding about the cloud. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { stringify } from 'yaml';
import { TestLab } from './lab.ts';

describe('bad input', () => {
  const cloud = new TestLab('bad');
  const datastore = { name: 'rsync Backups', rsync_user: 'oneadmin', rsync_host: 'backup01.example.net' };

  /** Writes a site file where both sides see it, and returns its path outside. */
  const site = (settings: object): string => {
    const file = join(cloud.reports, 'site.yaml');
    writeFileSync(file, stringify({ name: 'bad', frontend: 'ssh://oneadmin@frontend01.example.net', datastore, ...settings }));
    return file;
  };
  const auditOutside = (file: string) => cloud.outside('audit', '--site', file, '--reports', cloud.reports);
  const outcomes = () => Object.groupBy(cloud.latest.requirements, ({ outcome }) => outcome);
  /** The first requirement could not look, and says why; what needs the same way in is blocked. */
  const nothingSeen = (reason: RegExp) => {
    assert.equal(cloud.latest.verdict, 'undetermined');
    const { undetermined = [], blocked = [], ...rest } = outcomes();
    assert.deepEqual(
      undetermined.map(({ id }) => id),
      ['BDS-101'],
    );
    assert.match(undetermined[0]?.reason ?? '', reason);
    assert.ok(blocked.length >= 17, 'all others are blocked');
    assert.ok(blocked.every((requirement) => requirement.reason.includes('BDS-101')));
    assert.deepEqual(Object.keys(rest), ['not-applicable']);
  };

  for (const [what, frontend, reason] of [
    ['a front-end whose name is unknown', 'ssh://oneadmin@nowhere.example.net', /nowhere\.example\.net/],
    ['a front-end that refuses the connection', 'ssh://oneadmin@frontend01.example.net:2222', /ECONNREFUSED|not known/],
    ['a front-end that denies the login', 'ssh://oneadmin@backup01.example.net', /Permission denied \(publickey\)/],
  ] as const) {
    it(`${what} is undetermined, with a report`, async () => {
      const { exitCode, stdout } = await auditOutside(site({ frontend }));
      assert.equal(exitCode, 2, stdout);
      nothingSeen(reason);
    });
  }

  for (const [what, script, reason] of [
    [
      'shows another host key',
      String.raw`s/^\(198.18.1.1[^ ]*\) .*/\1 ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA/`,
      /another host key/,
    ],
    ['no key is known of', '/^198.18.1.1/d', /host key is not known/],
  ] as const) {
    it(`a front-end that ${what} is not let near a login`, async () => {
      const known = join(cloud.lab.dir, 'operator/ssh/ssh_known_hosts');
      const whole = readFileSync(known, 'utf8');
      const { exitCode } = await cloud.lab.run(['sed', '-i', script, known]);
      assert.equal(exitCode, 0);
      const audited = await auditOutside(site({}));
      writeFileSync(known, whole);
      assert.equal(audited.exitCode, 2, audited.stdout);
      nothingSeen(reason);
    });
  }

  it('a machine without the command line of OpenNebula is no front-end', async () => {
    const answer = await cloud.lab.shell('backup01', ['true']);
    assert.equal(answer.exitCode, 0);
    await cloud.on('frontend01', 'mkdir ~/hidden && mv /usr/local/bin/one* ~/hidden');
    const { exitCode, stdout } = await cloud.audit();
    await cloud.on('frontend01', 'mv ~/hidden/* /usr/local/bin && rmdir ~/hidden');
    assert.equal(exitCode, 2, stdout);
    assert.match(cloud.requirement('BDS-102').reason, /onehost list -x: command not found/);
    assert.equal(cloud.requirement('BDS-101').outcome, 'met');
    assert.match(cloud.requirement('BDS-402').reason, /BDS-102/);
  });

  it('another account than OpenNebula’s is told to become it', async () => {
    const { exitCode } = await auditOutside(site({ account: 'someone' }));
    assert.equal(exitCode, 2);
    nothingSeen(/sudo -u someone/);
  });

  it('a cloud without hypervisors, or with all of them OFFLINE, is undetermined', async () => {
    await cloud.on('frontend01', 'onehost offline 0,1 || { onehost offline 0 && onehost offline 1; }');
    const { exitCode, stdout } = await cloud.audit();
    await cloud.on('frontend01', 'onehost enable 0 && onehost enable 1');
    assert.equal(exitCode, 2, stdout);
    assert.match(cloud.requirement('BDS-102').reason, /all 2 are OFFLINE/);
  });

  it('a storage path full of special characters is looked at exactly', async () => {
    const path = `/var/lib/one/datastores/it's "a" $(touch pwned) ; dir*`;
    await cloud.lab.shell('backup01', ['mkdir', '-p', '-m', '0755', `${path}/100`]);
    const { exitCode, stdout } = await auditOutside(site({ datastore: { ...datastore, path } }));
    await cloud.lab.shell('backup01', ['rm', '-r', path]);
    assert.equal(exitCode, 0, stdout);
    const found = await Promise.all(
      ['frontend01', 'kvm01', 'backup01'].map((machine) => cloud.on(machine, 'find / -name pwned 2>/dev/null || true')),
    );
    assert.deepEqual(found, ['', '', '']);
    const missing = await auditOutside(site({ datastore: { ...datastore, path: `${path}2` } }));
    assert.equal(missing.exitCode, 1);
    assert.equal(cloud.requirement('BDS-201').outcome, 'not-met');
  });

  it('a faulty site file is refused at its place, and no folder is made', async () => {
    const before = await cloud.on('frontend01', 'ls reports');
    const { exitCode, stderr } = await auditOutside(site({ datastore: { ...datastore, rsync_user: '-oProxyCommand=id' } }));
    assert.equal(exitCode, 3);
    assert.match(stderr, /site\.yaml:5:15: datastore\.rsync_user: expected an account name/);
    assert.equal(await cloud.on('frontend01', 'ls reports'), before.includes('site.yaml') ? before : `${before}site.yaml\n`);
  });

  it('a misspelt requirement is refused, not passed over', async () => {
    const { exitCode, stderr } = await cloud.audit('site.yaml', '--only', 'BDS-120');
    assert.equal(exitCode, 3);
    assert.match(stderr, /BDS-120: there is no such requirement/);
  });

  it('of two requirements to look at alone none is passed over', async () => {
    const { exitCode, stderr } = await cloud.audit('site.yaml', '--only', 'BDS-101', '--only', 'BDS-102');
    assert.equal(exitCode, 3);
    assert.match(stderr, /given twice, BDS-101 is the first/);
  });
});
