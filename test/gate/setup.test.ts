/** The set-up: brings about what is missing, once, and leaves alone what is there. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Rig, tryAll } from '../rig.ts';

describe('setup', () => {
  const rig = Rig.forTests({ datastore: false });
  const datastores = async () => (await rig.lab.openNebula()).datastores.filter(({ TYPE }) => TYPE === '3');
  const forget = async () => {
    for (const { ID } of await datastores()) await rig.on('frontend01', `onedatastore delete ${ID as string}`);
    await rig.on('frontend01', 'rm -rf ds_rsync_backup.txt* ds/');
  };
  /** What a plan and a run say of the same steps, in the words they share. */
  const steps = (text: string) =>
    [...text.matchAll(/(the template of the datastore to \S+|the datastore “[^”]*” for \S+)/g)].map(([words]) =>
      words.replace(/[,.;:]$/, ''),
    );

  it('--plan says what it would do, and does none of it; then that is done, and all its files say so', async () => {
    const whole = await rig.everything();
    const plan = await rig.suite('setup', 'site.yaml', '--plan');
    assert.equal(plan.exitCode, 0, plan.stdout);
    assert.match(plan.stdout, /would write the template of the datastore to \/var\/lib\/one\/ds_rsync_backup\.txt/);
    assert.match(plan.stdout, /would create the datastore “rsync Backups” for oneadmin@backup01\.example\.net/);
    assert.deepEqual(rig.runs, []);
    await rig.assertSame(whole);
    const setup = await rig.suite('setup');
    assert.equal(setup.exitCode, 0, setup.stdout);
    assert.deepEqual(steps(rig.requirement(401).note ?? ''), steps(plan.stdout));
    assert.equal(
      await rig.on('frontend01', 'stat -c %a ds_rsync_backup.txt; cat ds_rsync_backup.txt'),
      '600\nNAME = "rsync Backups"\nTYPE = "BACKUP_DS"\nDS_MAD = "rsync"\nTM_MAD = "-"\nRSYNC_USER = "oneadmin"\nRSYNC_HOST = "backup01.example.net"\n',
    );
    rig.assertAgree(setup);
  });

  it('does nothing the second time', async () => {
    const whole = await rig.everything();
    const { exitCode, stdout } = await rig.suite('setup');
    assert.equal(exitCode, 0, stdout);
    assert.match(rig.requirement(401).note ?? '', /nothing was changed/);
    const plan = await rig.suite('setup', 'site.yaml', '--plan');
    assert.deepEqual([plan.exitCode, plan.stdout], [0, 'setup would do nothing: the datastore is registered as declared.\n']);
    await rig.assertSame(whole);
  });

  it('names what differs in the template and in OpenNebula, and changes nothing', async () => {
    const site = await rig.site(
      'drift.yaml',
      's/rsync_user: oneadmin/rsync_user: backup/; s/rsync_host: .*/rsync_host: other.example.net/; s/^  path:.*/&\\n  template: { RSYNC_ARGS: "-a" }/',
    );
    const whole = await rig.everything();
    const setup = await rig.suite('setup', site);
    assert.equal(setup.exitCode, 1, setup.stdout);
    const { outcome, reason } = rig.requirement(401);
    assert.equal(outcome, 'not-met');
    for (const found of [
      'RSYNC_USER is “oneadmin”, expected “backup”',
      'RSYNC_HOST is “backup01.example.net”, expected “other.example.net”',
      'RSYNC_ARGS is missing, expected “-a”',
    ])
      assert.equal(reason.split(found).length, 3, reason);
    rig.assertAgree(setup);
    const plan = await rig.suite('setup', site, '--plan');
    assert.equal(plan.exitCode, 1);
    assert.match(plan.stdout, /setup would change nothing/);
    await rig.assertSame(whole);
  });

  it('writes the template where the site file says, and says that the datastore stands without capacity when the server is down', async () => {
    await forget();
    const site = await rig.site('short.yaml', 's#^  path:.*#&\\n  template_file: ~/ds/my file.txt#; $a deadlines: { command: 3 }');
    await rig.on('frontend01', 'mkdir ds');
    const { exitCode, stdout } = await rig.broken('sshd-down', () => rig.suite('setup', site));
    assert.equal(exitCode, 1, stdout);
    assert.match(await rig.on('frontend01', 'cat "ds/my file.txt"'), /RSYNC_HOST/);
    assert.match(
      rig.requirement(401).reason,
      /registered, but without capacity \(TOTAL_MB 0\) after 3 s: OpenNebula does not reach the backup server/,
    );
  });

  it('refuses names of a datastore that OpenNebula would refuse', async () => {
    const { runs } = rig;
    for (const name of ['a"b', 'a;b', 'x'.repeat(129)]) {
      await rig.on('frontend01', `sed "s/^  name: .*/  name: '${name.replace('"', '\\"')}'/" site.yaml > name.yaml`);
      const { exitCode, stderr } = await rig.suite('setup', 'name.yaml', '--plan');
      assert.equal(exitCode, 3, stderr);
      assert.match(stderr, /name\.yaml:5:9: datastore\.name/);
    }
    assert.deepEqual(rig.runs, runs);
  });

  it('is done once by two at once, of which both find the datastore', async () => {
    await forget();
    const both = await Promise.all([rig.suite('setup'), rig.suite('setup')]);
    const said = both.map(({ stdout, stderr }) => stdout + stderr).join('\n');
    assert.deepEqual(
      both.map(({ exitCode }) => exitCode),
      [0, 0],
      said,
    );
    assert.equal(both.filter(({ stdout }) => /created the datastore/.test(stdout)).length, 1, said);
    assert.equal((await datastores()).length, 1);
  });

  for (const milliseconds of tryAll ? [700, 1000, 1300, 1600] : [1000]) {
    it(`is completed by the next one when it was killed after ${milliseconds} ms`, async () => {
      await forget();
      const { ended, signal } = await rig.begin('setup');
      await sleep(milliseconds + Math.random() * 200);
      await signal('KILL', 'group');
      await ended;
      const { exitCode, stdout } = await rig.suite('setup');
      assert.equal(exitCode, 0, stdout);
      assert.equal((await datastores()).length, 1);
      assert.equal((await rig.on('frontend01', 'ls')).match(/ds_rsync\S*/g)?.join(' '), 'ds_rsync_backup.txt');
    });
  }
});
