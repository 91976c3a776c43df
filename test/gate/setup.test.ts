/** The set-up: brings about what is missing, once, and leaves alone what is there. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { breakFault, repairFault } from '../../lab/faults/index.ts';
import { assertSame } from '../snapshot.ts';
import { assertAgree } from './agreement.ts';
import { Rig } from './rig.ts';

describe('setup', () => {
  const rig = Rig.forTests({ datastore: false });
  const datastores = async () => (await rig.current.lab.openNebula()).datastores.filter(({ TYPE }) => TYPE === '3');
  const forget = async () => {
    for (const { ID } of await datastores()) await rig.current.on('frontend01', `onedatastore delete ${ID as string}`);
    await rig.current.on('frontend01', 'rm -rf ds_rsync_backup.txt* ds/');
  };
  const note = () => rig.current.requirement(401).note ?? '';
  /** What a plan and a run say of the same steps, in the words they share. */
  const steps = (text: string) =>
    [...text.matchAll(/(the template of the datastore to \S+|the datastore “[^”]*” for \S+)/g)].map(([words]) =>
      words.replace(/[,.;:]$/, ''),
    );

  it('--plan says what it would do, and does none of it', async () => {
    const { current } = rig;
    const whole = await current.everything();
    const { exitCode, stdout } = await current.suite('setup', 'site.yaml', '--plan');
    assert.equal(exitCode, 0, stdout);
    assert.match(stdout, /would write the template of the datastore to \/var\/lib\/one\/ds_rsync_backup\.txt/);
    assert.match(stdout, /would create the datastore “rsync Backups” for oneadmin@backup01\.example\.net/);
    assert.deepEqual(current.runs, []);
    assertSame(await current.everything(), whole, stdout);
  });

  it('creates the datastore from its template, as planned, and says so in all its files alike', async () => {
    const { current } = rig;
    const plan = await current.suite('setup', 'site.yaml', '--plan');
    const { exitCode, stdout } = await current.suite('setup');
    assert.equal(exitCode, 0, stdout);
    assert.deepEqual(steps(note()), steps(plan.stdout));
    assert.equal(await current.on('frontend01', 'stat -c %a ds_rsync_backup.txt'), '600\n');
    assert.equal(
      await current.on('frontend01', 'cat ds_rsync_backup.txt'),
      'NAME = "rsync Backups"\nTYPE = "BACKUP_DS"\nDS_MAD = "rsync"\nTM_MAD = "-"\nRSYNC_USER = "oneadmin"\nRSYNC_HOST = "backup01.example.net"\n',
    );
    assertAgree(current, { exitCode, stdout });
  });

  it('does nothing the second time', async () => {
    const { current } = rig;
    await current.settled();
    const whole = await current.everything();
    const { exitCode, stdout } = await current.suite('setup');
    assert.equal(exitCode, 0, stdout);
    assert.match(note(), /nothing was to be done/);
    const plan = await current.suite('setup', 'site.yaml', '--plan');
    assert.deepEqual([plan.exitCode, plan.stdout], [0, 'setup would do nothing: the datastore is registered as declared.\n']);
    assertSame(await current.everything(), whole, stdout);
  });

  for (const [what, script, found] of [
    ['RSYNC_USER', 's/rsync_user: oneadmin/rsync_user: backup/', /RSYNC_USER is “oneadmin”, expected “backup”/g],
    [
      'RSYNC_HOST',
      's/rsync_host: .*/rsync_host: other.example.net/',
      /RSYNC_HOST is “backup01\.example\.net”, expected “other\.example\.net”/g,
    ],
    ['RSYNC_ARGS', 's/^  path:.*/&\\n  template: { RSYNC_ARGS: "-a" }/', /RSYNC_ARGS is missing, expected “-a”/g],
  ] as const) {
    it(`names ${what} that differs in the template and in OpenNebula, and changes nothing`, async () => {
      const { current } = rig;
      const site = await current.site('drift.yaml', script);
      const whole = await current.everything();
      const { exitCode, stdout } = await current.suite('setup', site);
      assert.equal(exitCode, 1, stdout);
      const { outcome, reason } = current.requirement(401);
      assert.equal(outcome, 'not-met');
      assert.equal([...reason.matchAll(found)].length, 2, reason);
      assertAgree(current, { exitCode, stdout });
      const plan = await current.suite('setup', site, '--plan');
      assert.equal(plan.exitCode, 1);
      assert.match(plan.stdout, /setup would change nothing/);
      assertSame(await current.everything(), whole, stdout);
    });
  }

  it('writes the template where the site file says', async () => {
    const { current } = rig;
    await forget();
    const site = await current.site('elsewhere.yaml', 's#^  path:.*#&\\n  template_file: ~/ds/my file.txt#');
    await current.on('frontend01', 'mkdir ds');
    const { exitCode, stdout } = await current.suite('setup', site);
    assert.equal(exitCode, 0, stdout);
    assert.match(await current.on('frontend01', 'cat "ds/my file.txt"'), /RSYNC_HOST/);
  });

  it('says that it stands without capacity when the backup server is down', async () => {
    const { current } = rig;
    await forget();
    const site = await current.site('short.yaml', '$a deadlines: { command: 3 }');
    await breakFault(current.lab, 'sshd-down');
    const { exitCode, stdout } = await current.suite('setup', site).finally(() => repairFault(current.lab, 'sshd-down'));
    assert.equal(exitCode, 1, stdout);
    assert.match(
      current.requirement(401).reason,
      /registered, but without capacity \(TOTAL_MB 0\) after 3 s: OpenNebula does not reach the backup server/,
    );
  });

  for (const name of ['a"b', 'a;b', 'x'.repeat(129)]) {
    it(`refuses a datastore named ${name.slice(0, 5)}… as OpenNebula would`, async () => {
      const { current } = rig;
      const runs = current.runs;
      await current.on('frontend01', `sed "s/^  name: .*/  name: '${name.replace('"', '\\"')}'/" site.yaml > name.yaml`);
      const { exitCode, stderr } = await current.suite('setup', 'name.yaml');
      assert.equal(exitCode, 3, stderr);
      assert.match(stderr, /name\.yaml:5:9: datastore\.name/);
      assert.deepEqual(current.runs, runs);
    });
  }

  it('is completed by the next one when it was killed', async () => {
    const { current } = rig;
    for (const milliseconds of [700, 1000, 1300, 1600]) {
      await forget();
      const { ended, signal } = await current.begin('setup');
      await sleep(milliseconds + Math.random() * 200);
      await signal('KILL', 'group');
      await ended;
      const { exitCode, stdout } = await current.suite('setup');
      assert.equal(exitCode, 0, `killed after ${milliseconds} ms\n${stdout}`);
      assert.equal((await datastores()).length, 1);
      assert.equal((await current.on('frontend01', 'ls')).match(/ds_rsync\S*/g)?.join(' '), 'ds_rsync_backup.txt');
    }
  });
});
