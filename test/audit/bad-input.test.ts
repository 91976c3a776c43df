/** What is wrong with the way in, the settings or the answers: said clearly, never taken for a finding about the cloud. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { stringify } from 'yaml';
import { Rig, tryAll } from '../rig.ts';

describe('bad input', () => {
  const rig = Rig.forTests();
  const datastore = { name: 'rsync Backups', rsync_user: 'oneadmin', rsync_host: 'backup01.example.net' };

  /** Audits from outside with these settings. */
  const audit = (settings: object) => {
    const file = join(rig.reports, 'site.yaml');
    writeFileSync(file, stringify({ name: 'bad', frontend: 'ssh://oneadmin@frontend01.example.net', datastore, ...settings }));
    return rig.outside('audit', '--site', file, '--reports', rig.reports);
  };
  /** The first requirement could not look, and says why; what needs the same way in is blocked. */
  const nothingSeen = (reason: RegExp) => {
    const outcomes = Object.groupBy(rig.latest.requirements, ({ outcome }) => outcome);
    const { undetermined = [], blocked = [], ...rest } = outcomes;
    assert.deepEqual(
      undetermined.map(({ id }) => id),
      ['BDS-101'],
    );
    assert.match(`${undetermined[0]?.reason} ${undetermined[0]?.fix}`, reason);
    assert.ok(blocked.length >= 17, 'all others are blocked');
    assert.ok(blocked.every((requirement) => requirement.reason.includes('BDS-101')));
    assert.deepEqual(Object.keys(rest), ['not-applicable']);
  };

  for (const [what, settings, reason] of [
    ['whose name is unknown', { frontend: 'ssh://oneadmin@nowhere.example.net' }, /Could not resolve hostname nowhere\.example\.net/],
    ...(tryAll
      ? [['that refuses the connection', { frontend: 'ssh://oneadmin@frontend01.example.net:2222' }, /ECONNREFUSED|not known/] as const]
      : []),
    ['that denies the login', { frontend: 'ssh://oneadmin@backup01.example.net' }, /Permission denied \(publickey\)/],
    ['whose account is another than OpenNebula’s', { account: 'someone' }, /sudo -u someone/],
  ] as const) {
    it(`a front-end ${what} is undetermined, with a report`, async () => {
      const { exitCode, stdout } = await audit(settings);
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
      const known = join(rig.lab.dir, 'operator/ssh/ssh_known_hosts');
      const whole = readFileSync(known, 'utf8');
      const { exitCode } = await rig.lab.run(['sed', '-i', script, known]);
      assert.equal(exitCode, 0);
      const audited = await audit({});
      writeFileSync(known, whole);
      assert.equal(audited.exitCode, 2, audited.stdout);
      nothingSeen(reason);
    });
  }

  // But an apostrophe, which OpenNebula's own monitoring does not survive.
  it('a storage path full of special characters is looked at exactly', async () => {
    const path = `/var/lib/one/datastores/it is "a" $(touch pwned) ; dir*`;
    await rig.lab.shell('backup01', ['mkdir', '-p', '-m', '0755', `${path}/100`]);
    const keptAt = (base: string) =>
      rig.edit(({ datastores }) => Object.assign(datastores.find(({ ID }) => ID === '100') ?? {}, { BASE_PATH: base }));
    await keptAt(`${path}/100`);
    const { exitCode, stdout } = await audit({ datastore: { ...datastore, path } });
    await keptAt('/var/lib/one//datastores/100');
    await rig.lab.shell('backup01', ['rm', '-r', path]);
    // Our own commands quote it; the driver's do not all.
    assert.equal(exitCode, 2, stdout);
    const others = rig.latest.requirements.filter(({ outcome }) => outcome !== 'met' && outcome !== 'not-applicable');
    assert.deepEqual(
      others.map(({ id, outcome }) => `${id} ${outcome}`),
      ['BDS-201 undetermined', 'BDS-707 blocked'],
    );
    for (const machine of ['frontend01', 'kvm01', 'backup01'])
      assert.equal(await rig.on(machine, 'find / -xdev -name pwned 2> /dev/null || true'), '');
  });

  it('a faulty site file is refused at its place, as a misspelt requirement and an unknown host are; and no folder is made', async () => {
    const { runs } = rig;
    const { exitCode, stderr } = await audit({ datastore: { ...datastore, rsync_user: '-oProxyCommand=id' } });
    assert.equal(exitCode, 3);
    assert.match(stderr, /site\.yaml:5:15: datastore\.rsync_user: expected an account name/);
    for (const [only, says] of [
      [['--only', 'BDS-120'], /BDS-120: unknown requirement/],
      [['--only', 'BDS-101', '--only', 'BDS-103,BDS-120'], /BDS-120: unknown requirement/],
      [['--only', 'BDS-102@kvm99'], /@kvm99: OpenNebula lists none of that name\. There are: kvm01\.example\.net/],
    ] as const) {
      const refused = await rig.suite('audit', 'site.yaml', ...only);
      assert.equal(refused.exitCode, 3);
      assert.match(refused.stderr, says);
    }
    assert.deepEqual(rig.runs, runs);
  });
});
