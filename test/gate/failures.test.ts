/** What breaks a backup, as recorded, when it breaks after the audit: the test backup itself says so, in the words of who knows. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { breakFault, faultNamed, repairFault } from '../../lab/faults/index.ts';
import { assertSame } from '../snapshot.ts';
import { ENDS_BACKUPS } from './recorded.ts';
import { Rig, withoutErrors } from './rig.ts';

const all = process.env.ALL_FAILURES === 'yes';

describe('a backup that fails', () => {
  const rig = Rig.forTests();

  for (const { recording, world, cause } of ENDS_BACKUPS.filter((each) => all || each.often)) {
    it(`${recording}: BDS-502 says why, and what may be left is named`, async () => {
      const { current } = rig;
      const whole = await current.everything();
      const { lab } = current;
      const broken = world === undefined ? undefined : faultNamed(world);
      const repair = { memo: '' };
      const { exitCode, stdout, stderr } = await current.gateThen(async () => {
        if (broken) {
          const memo = await broken.break(lab);
          repair.memo = typeof memo === 'string' ? memo : '';
        } else await current.on('backup01', 'mv datastores/100 100.off; chmod 555 datastores');
      });
      const completes = current.requirement(502);
      const left = current.requirement(602);
      if (broken) await broken.repair(lab, repair.memo);
      else await current.on('backup01', 'chmod 775 datastores; [ ! -d datastores/100 ] || rmdir datastores/100; mv 100.off datastores/100');
      assert.equal(exitCode, 1, stdout + stderr);
      assert.equal(current.requirement(501).outcome, 'met');
      assert.equal(completes.outcome, 'not-met', completes.reason);
      assert.match(completes.reason, cause);
      assert.match(completes.reason, /recheck the login without a password from every hypervisor host to backup01\.example\.net/);
      for (const id of [503, 601]) assert.equal(current.requirement(id).outcome, 'blocked');
      const files = await current.on('backup01', 'find datastores -mindepth 2');
      if (left.outcome === 'met') assert.equal(files, '', `${left.note}`);
      else assert.match(left.reason, /could not look|found: .*rm -r|cleanup/, left.reason);
      const swept = await current.suite('cleanup');
      assert.equal(swept.exitCode, 0, swept.stdout + swept.stderr);
      assertSame(withoutErrors(await current.everything()), withoutErrors(whole), `${stdout}${swept.stdout}`);
    });
  }

  it('disk-full: BDS-204 sees it coming, and BDS-502 still says what came of it', async () => {
    const { current } = rig;
    await breakFault(current.lab, 'disk-full');
    const { exitCode, stdout } = await current.gate().finally(() => repairFault(current.lab, 'disk-full'));
    assert.equal(exitCode, 1, stdout);
    assert.deepEqual(current.notMet, ['BDS-202', 'BDS-204', 'BDS-502'], stdout);
    assert.doesNotMatch(current.requirement(202).reason, /debug1|echo created/, 'the server is quoted, not the client');
    assert.match(current.requirement(502).reason, /write failed on ".*disk\.0\.0": No space left on device \(28\)/);
    assert.equal(current.requirement(602).outcome, 'met', current.requirement(602).reason);
    assert.equal(await current.on('backup01', 'find datastores -mindepth 2'), '');
  });

  it('host-own-key-agent-stopped: the backup of a virtual machine on that host works, and old errors are not taken for its own', async () => {
    const { current } = rig;
    assert.match(JSON.stringify((await current.lab.openNebula()).vms[0]?.USER_TEMPLATE), /ERROR.*BACKUP/, 'an older error is there');
    await breakFault(current.lab, 'host-own-key-agent-stopped');
    const { exitCode, stdout } = await current.gate().finally(() => repairFault(current.lab, 'host-own-key-agent-stopped'));
    assert.equal(exitCode, 1, stdout);
    assert.deepEqual(current.notMet, ['BDS-102', 'BDS-103']);
    for (const id of [501, 502, 503, 601, 602]) assert.equal(current.requirement(id).outcome, 'met', current.requirement(id).reason);
  });
});
