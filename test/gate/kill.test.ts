/** Gates that are cut off: what is left can be swept up, and nothing of anybody else's is touched. interruptions.ts does it at random. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { assertSame } from '../snapshot.ts';
import { Rig, VICTIMS } from './rig.ts';

describe('a gate that is cut off', () => {
  const rig = Rig.forTests();
  before(() => rig.current.plantOthers());

  it('is waited for where its last command outlives it', async () => {
    const { current } = rig;
    const whole = await current.everything();
    const slow = `case $* in *--schedule*) touch /run/one/slow; sleep 5 ;; *sched-delete*) sleep 2 ;; esac; /usr/local/bin/onevm.real "$@"`;
    const swept = await current.wrapped('onevm', slow, async () => {
      const { ended, signal } = await current.begin('gate');
      await current.until('the command is under way', () => current.on('frontend01', 'ls /run/one/slow 2> /dev/null || true'), 60);
      await signal('KILL', 'process');
      const cleanup = await current.suite('cleanup');
      await ended;
      await sleep(6000);
      return cleanup;
    });
    assert.equal(swept.exitCode, 0, swept.stdout);
    assertSame(await current.everything(), whole, swept.stdout);
  });

  it('is cleaned up when it was killed just before its chain is flattened', async () => {
    const { current } = rig;
    const site = await current.site('vm1.yaml', 's/^test_vm.*/test_vm: { id: 1, name: files01 }/');
    const whole = await current.everything();
    const jq = '/usr/local/bin/jq';
    await current.on('backup01', `printf '%s\\n' '#!/bin/bash' 'sleep 6; exec /usr/bin/jq "$@"' > ${jq}; chmod 755 ${jq}`);
    const { ended, signal } = await current.begin('gate', site);
    // Its last backup ends, and the flattening begins, while the clean-up is at work already.
    const rsync = '/usr/local/bin/rsync';
    const last = `[ "$(cat .backup-compliance/*/*.jsonl 2> /dev/null | grep -c '"schedule"')" = 4 ] && echo yes || true`;
    await current.until('the last backup is asked for', () => current.on('frontend01', last), 60);
    await current.on('kvm02', `printf '%s\\n' '#!/bin/bash' 'sleep 4; exec /usr/bin/rsync "$@"' > ${rsync}; chmod 755 ${rsync}`);
    const inBackup = async () => (await current.lab.openNebula()).vms[1]?.LCM_STATE === '69' || undefined;
    await current.until('the last backup is under way', inBackup);
    await signal('KILL', 'group');
    await ended;
    const swept = await current.suite('cleanup', site);
    await current.on('backup01', `rm ${jq}`);
    await current.on('kvm02', `rm ${rsync}`);
    assert.equal(swept.exitCode, 0, swept.stdout);
    assertSame(await current.everything(), whole, swept.stdout);
  });

  for (const [signal, victim, stage] of [
    ['INT', 'group', 'schedule'],
    ['TERM', 'process', 'restore'],
  ] as const) {
    it(`cleans up itself on SIG${signal}, and reports`, async () => {
      const { current } = rig;
      const whole = await current.everything();
      const { ended, signal: send } = await current.begin('gate');
      await current.until(stage, () => current.on('frontend01', `grep -rl '"${stage}"' .backup-compliance 2> /dev/null || true`), 60);
      await send(signal, victim);
      const { exitCode, stdout, stderr } = await ended;
      assert.equal(exitCode, 130, stdout + stderr);
      assertSame(await current.everything(), whole, stdout);
      assert.equal(current.latest.exitCode, 130);
      assert.equal(current.requirement(101).outcome, 'met');
      assert.notEqual(current.requirement(601).outcome, 'met');
    });
  }

  it('is finished by the next gate', async () => {
    const { current } = rig;
    const whole = await current.everything();
    const { ended, signal } = await current.begin('gate');
    await current.drillBegins();
    await signal('KILL', VICTIMS[1]);
    await ended;
    assert.match(await current.on('frontend01', 'ls .backup-compliance/*'), /jsonl/);
    const next = await current.gate();
    assert.equal(next.exitCode, 0, next.stdout);
    assertSame(await current.everything(), whole, next.stdout);
  });
});
