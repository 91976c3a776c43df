/** What keeps a drill from beginning: wrong settings, what the audit finds, somebody else at work. Nothing is touched then. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { breakFault, repairFault } from '../../lab/faults/index.ts';
import { assertSame } from '../snapshot.ts';
import { ENDS_BACKUPS } from './recorded.ts';
import { Rig } from './rig.ts';

const DRILL = [501, 502, 503, 601, 602];

describe('a gate that must not begin', () => {
  const rig = Rig.forTests();

  for (const [what, script, complaint] of [
    ['no virtual machine is declared', '/^test_vm/d', /test_vm: missing.*declare its id and name/],
    [
      'id and name disagree',
      's/id: 0/id: 1/',
      /test_vm: expected virtual machine 1 to be “backup-probe”.*virtual machine 1 is “files01”, and “backup-probe” is 0/,
    ],
    ['there is no such virtual machine', 's/^test_vm.*/test_vm: { id: 7, name: nobody }/', /test_vm: .*there is no virtual machine 7\./],
    [
      'its disks are larger than max_size',
      's/^test_vm.*/test_vm: { id: 0, name: backup-probe, max_size: 100 MiB }/',
      /test_vm\.max_size: .* 256 MiB together, expected at most 100 MiB/,
    ],
    [
      'the datastore to restore into is none of images',
      '$a restore: { datastore: system }',
      /restore\.datastore: expected “system” to be an image datastore, found one of type sys/,
    ],
    ['the datastore to restore into is not there', '$a restore: { datastore: nowhere }', /restore\.datastore: .* found none of that name/],
  ] as const) {
    it(`ends with 3 and leaves no run where ${what}`, async () => {
      const { current } = rig;
      const site = await current.site('wrong.yaml', script);
      const [whole, runs] = [await current.everything(), current.runs];
      const { exitCode, stdout, stderr } = await current.gate(site);
      assert.equal(exitCode, 3, stdout + stderr);
      assert.match(stderr, complaint);
      assert.deepEqual(current.runs, runs);
      assertSame(await current.everything(), whole, stderr);
    });
  }

  const worlds = ENDS_BACKUPS.flatMap(({ world, seenBy }) => (world === undefined ? [] : [{ world, seenBy }]));
  for (const { world, seenBy } of [...worlds, { world: 'dsparent-not-writable', seenBy: 201 }]) {
    it(`is blocked by BDS-${seenBy} in ${world}`, async () => {
      const { current } = rig;
      const whole = await current.everything();
      await breakFault(current.lab, world);
      const { exitCode, stdout } = await current.gate().finally(() => repairFault(current.lab, world));
      assert.equal(exitCode, 1, stdout);
      assert.equal(current.requirement(seenBy).outcome, 'not-met', stdout);
      for (const id of DRILL) {
        assert.equal(current.requirement(id).outcome, 'blocked', `BDS-${id}: ${current.requirement(id).reason}`);
        assert.match(current.requirement(id).reason, /BDS-\d{3} is not met/);
      }
      assertSame(await current.everything(), whole, stdout);
    });
  }
});

describe('two at once', () => {
  const rig = Rig.forTests({ datastore: false });

  it('set the datastore up once, and both find it', async () => {
    const { current } = rig;
    const both = await Promise.all([current.suite('setup'), current.suite('setup')]);
    assert.deepEqual(
      both.map(({ exitCode }) => exitCode),
      [0, 0],
      both.map(({ stdout, stderr }) => stdout + stderr).join('\n'),
    );
    const created = both.filter(({ stdout }) => /created the datastore/.test(stdout));
    assert.equal(created.length, 1, both.map(({ stdout }) => stdout).join('\n'));
    assert.equal((await current.lab.openNebula()).datastores.filter(({ TYPE }) => TYPE === '3').length, 1);
  });

  it('make one test backup; the other gate says who is at it, and touches nothing', async () => {
    const { current } = rig;
    const whole = await current.everything();
    const first = await current.begin('gate');
    await current.drillBegins();
    const second = await current.gate();
    const verdict = current.latest;
    assert.equal(second.exitCode, 2, second.stdout + second.stderr);
    const outcome = (id: number) => verdict.requirements.find((requirement) => requirement.id === `BDS-${id}`);
    assert.equal(outcome(202)?.outcome, 'undetermined');
    assert.match(
      outcome(202)?.reason ?? '',
      /another gate or clean-up of this datastore is under way \(\d{4}-\S+\)\. Wait until it has ended/,
    );
    for (const id of [501, 502, 601, 602]) assert.match(outcome(id)?.outcome ?? '', /undetermined|blocked/);
    const cleanup = await current.suite('cleanup');
    assert.ok(cleanup.exitCode === 2 || cleanup.exitCode === 0, cleanup.stdout);
    const done = await first.ended;
    assert.equal(done.exitCode, 0, done.stdout);
    assertSame(await current.everything(), whole, second.stdout);
  });
});
