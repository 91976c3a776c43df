/**
 * Gates in more trouble than gate.test.ts has, and what is left of them: nothing that cleaning up would not take away. `npm run interruptions` tries
 * them. What a gate comes to that meets one fault of its own is tried by `npm run verdicts`.
 */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { breakFault, repairFault } from '../../lab/faults/index.ts';
import { Rig } from '../rig.ts';

describe('a gate in more trouble', () => {
  const rig = Rig.amongOthers();
  /** The gate is of the VM that keeps increments. */
  const withIncrements = () => rig.site('vm1.yaml', 's/^test_vm.*/test_vm: { id: 1, name: files01 }/');

  it('that is killed is waited for where its last command outlives it', async () => {
    const slow = `case $* in *--schedule*) touch /run/one/slow; sleep 5 ;; *sched-delete*) sleep 2 ;; esac; $0.real "$@"`;
    const swept = await rig.wrapped('onevm', slow, async () => {
      const { ended, signal } = await rig.begin('gate');
      await rig.untilSays('frontend01', 'ls /run/one/slow');
      await signal('KILL', 'process');
      const cleanup = await rig.suite('cleanup');
      await ended;
      await sleep(6000);
      return cleanup;
    });
    assert.equal(swept.exitCode, 0, swept.stdout);
  });

  it('that is killed just before its chain is flattened is cleaned up', async () => {
    const slow = (program: string, seconds: number) =>
      `printf '%s\\n' '#!/bin/bash' 'sleep ${seconds}; exec /usr/bin/${program} "$@"' > /usr/local/bin/${program}; chmod 755 /usr/local/bin/${program}`;
    const site = await withIncrements();
    await rig.on('backup01', slow('jq', 6));
    const { ended, signal } = await rig.begin('gate', site);
    // Its last backup ends, and the flattening begins, while the clean-up is at work already.
    await rig.untilSays('frontend01', `cat .backup-compliance/*/*.jsonl | grep -c '"schedule"' | grep 4`);
    await rig.on('kvm02', slow('rsync', 4));
    await rig.until('the last backup is under way', async () => (await rig.lab.openNebula()).vms[1]?.LCM_STATE === '69');
    await signal('KILL', 'group');
    await ended;
    const swept = await rig.suite('cleanup', site);
    await rig.on('backup01', 'rm /usr/local/bin/jq');
    await rig.on('kvm02', 'rm /usr/local/bin/rsync');
    assert.equal(swept.exitCode, 0, swept.stdout);
  });

  for (const [what, line] of [
    ['whose reader ends after a while', '2>&1 | head -20 > /dev/null'],
    ['whose output cannot be written', '> /dev/full 2>&1'],
  ] as const)
    it(`${what} cleans up all the same`, async () => {
      const gate = `/opt/suite/bin/backup-compliance gate --site site.yaml --reports reports ${line}; exit "\${PIPESTATUS[0]}"`;
      const { exitCode, stdout, stderr } = await rig.lab.shell('frontend01', ['bash', '-c', gate]);
      assert.equal(exitCode, 0, stdout + stderr);
      assert.equal(rig.requirement(602).outcome, 'met', rig.requirement(602).reason);
      assert.equal((await rig.on('frontend01', 'ls .backup-compliance 2> /dev/null || true')).trim(), '', 'no journal is left');
    });

  it('says whose scheduled backup it waits behind, and leaves that one alone', async () => {
    const site = await rig.site('queue.yaml', '$a deadlines: { schedule: 5 }');
    const gate = await rig.broken('backup-stuck', async () => {
      // Of theirs, OpenNebula renews the time of the message.
      const timeless = async () => (await rig.everything()).map((line) => line.replace(/"MESSAGE":"[^"]* : /g, '"MESSAGE":"'));
      const before = await timeless();
      const ended = await rig.suite('gate', site);
      assert.deepEqual(await timeless(), before);
      return ended;
    });
    assert.equal(gate.exitCode, 1, gate.stdout);
    assert.match(
      rig.requirement(501).fix ?? '',
      /waits behind scheduled backup 900 \(rejected: .*Error getting datastore \[999\]\.?\).*not ours.*onevm sched-delete 0 900/,
    );
  });

  it('names a VM that a frozen backup server keeps in BACKUP, as its clean-up does until it thaws', async () => {
    const site = await rig.site('frozen.yaml', '$a deadlines: { backup: 4, cleanup: 10, command: 5, connect: 2 }');
    const gate = await rig.gateThen(() => breakFault(rig.lab, 'server-frozen'), site);
    const early = await rig.suite('cleanup', site);
    await repairFault(rig.lab, 'server-frozen');
    assert.equal(gate.exitCode, 1, gate.stdout);
    rig.assertAgree(gate);
    const { reason, fix = '' } = rig.requirement(502);
    assert.match(
      `${reason} ${fix}`,
      /after 4 s the VM is still in BACKUP.*Look whether backup01\.example\.net answers.*onevm backup-cancel 0/,
    );
    assert.match(rig.requirement(602).reason, /VM 0 is still in BACKUP/);
    assert.equal(early.exitCode, 1, early.stdout);
    assert.match(early.stdout, /still there: VM 0 is still in BACKUP/);
    await rig.settled();
    const late = await rig.suite('cleanup', site);
    assert.equal(late.exitCode, 0, late.stdout);
  });

  it('of a volume that is full does not begin a backup, and leaves nothing', async () => {
    const { exitCode, stdout } = await rig.broken('disk-full', () => rig.suite('gate'));
    assert.equal(exitCode, 1, stdout);
    assert.deepEqual(rig.notMet, ['BDS-202', 'BDS-204', 'BDS-405'], stdout);
    assert.match(rig.requirement(202).reason, /^(?!.*(debug1|echo created))/s);
    assert.equal(rig.requirement(501).outcome, 'blocked');
  });

  it('of a volume that fills up meanwhile leaves nothing', async () => {
    const { exitCode, stdout } = await rig.gateThen(() => breakFault(rig.lab, 'disk-full'));
    await repairFault(rig.lab, 'disk-full');
    assert.equal(exitCode, 1, stdout);
    assert.deepEqual(rig.notMet, ['BDS-502'], stdout);
    assert.match(rig.requirement(502).reason, /write failed on ".*disk\.0\.0": No space left on device \(28\)/);
    assert.equal(rig.requirement(602).outcome, 'met', rig.requirement(602).reason);
  });

  // The backup of a VM on that host works, and the errors of those above are not taken for its own.
  it('of a cloud with host-own-key-agent-stopped still tries the backup, and leaves nothing', async () => {
    const { exitCode, stdout } = await rig.broken('host-own-key-agent-stopped', () => rig.suite('gate'));
    assert.equal(exitCode, 1, stdout);
    assert.deepEqual(rig.notMet, ['BDS-102', 'BDS-103'], stdout);
    assert.equal(rig.requirement(602).outcome, 'met', rig.requirement(602).reason);
  });
});
