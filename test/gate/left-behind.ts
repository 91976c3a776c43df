/**
 * Gates in trouble, and what is left of them: nothing that cleaning up would not take away. `npm run interruptions` tries them;
 * what such a gate comes to is tried by `npm run verdicts`, too.
 */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { breakFault, repairFault } from '../../lab/faults/index.ts';
import { assertSame } from '../snapshot.ts';
import { assertAgree } from './agreement.ts';
import { Rig, withoutErrors } from './rig.ts';

describe('a gate in more trouble', () => {
  const rig = Rig.forTests();

  it('names a virtual machine that a frozen backup server keeps in BACKUP, and cleans up when it thaws', async () => {
    const { current } = rig;
    const site = await current.site('frozen.yaml', '$a deadlines: { backup: 4, cleanup: 10, command: 5, connect: 2 }');
    const whole = await current.everything();
    const gate = await current.gateThen(() => breakFault(current.lab, 'server-frozen'), site);
    const [completes, left] = [current.requirement(502), current.requirement(602)];
    const early = await current.suite('cleanup', site);
    await repairFault(current.lab, 'server-frozen');
    assert.equal(gate.exitCode, 1, gate.stdout);
    assertAgree(current, gate);
    assert.equal(completes.outcome, 'not-met', completes.reason);
    assert.match(
      completes.reason,
      /after 4 s the virtual machine is still in BACKUP.*Look at backup01\.example\.net.*onevm backup-cancel 0/,
    );
    assert.equal(left.outcome, 'not-met', left.reason);
    assert.match(left.reason, /virtual machine 0 is still in BACKUP/);
    assert.equal(early.exitCode, 1, early.stdout);
    assert.match(early.stdout, /still there: virtual machine 0 is still in BACKUP/);
    await current.settled();
    const late = await current.suite('cleanup', site);
    assert.equal(late.exitCode, 0, late.stdout);
    assertSame(await current.everything(), whole, gate.stdout + late.stdout);
  });

  it('does not compare where there is no room to, and does not say that all is well', async () => {
    const { current } = rig;
    await current.lab.admin('frontend01', 'mkdir -p /run/small && mount -n -t tmpfs -o size=8m,mode=1777 small /run/small');
    const site = await current.site('room.yaml', '$a restore: { tmp_dir: /run/small }');
    const gate = await current.gate(site);
    await current.lab.admin('frontend01', 'umount -n /run/small && rmdir /run/small');
    assert.equal(gate.exitCode, 2, gate.stdout);
    assertAgree(current, gate);
    const { outcome, reason } = current.requirement(601);
    assert.equal(outcome, 'undetermined');
    assert.match(reason, /\/run\/small on frontend01\.example\.net has \d+ MiB free, and 4\d MiB are needed.*restore\.tmp_dir/);
    assert.equal(current.requirement(602).outcome, 'met');
  });

  it('sees that a restored disk differs', async () => {
    const { current } = rig;
    const whole = await current.everything();
    // The restored image is changed when it is first seen to be READY.
    const script = `/usr/local/bin/oneimage.real "$@" | tee /run/one/said
status=$?
file=$(/usr/local/bin/oneimage.real list -x | tr -d '\\n' | grep -o '<IMAGE>.*' | sed 's#</IMAGE>#&\\n#g' | grep 'NAME>.*backup-compliance-.*-disk-0' | grep '<STATE>1<' | grep -o '/var/lib/one//datastores/1/[0-9a-f]\\{32\\}')
[ -z "$file" ] || qemu-io -f qcow2 -c 'write -q -P 1 1M 64k' "$file" > /dev/null
exit $status
`;
    const gate = await current.wrapped('oneimage', script, () => current.gate());
    assert.equal(gate.exitCode, 1, gate.stdout);
    assertAgree(current, gate);
    assert.match(current.requirement(601).reason, /disk 0 differs: Content mismatch at offset 1048576!.*Do not rely on the backups/);
    assert.equal(current.requirement(602).outcome, 'met');
    await current.on('frontend01', 'rm -f /run/one/said');
    assertSame(await current.everything(), whole, gate.stdout);
  });

  it('says how a restore went wrong', async () => {
    const { current } = rig;
    const whole = await current.everything();
    const gate = await current.wrapped(
      'oneimage',
      `case $1 in restore) ssh backup01.example.net 'mv datastores/100/0 datastores/100/0.off' ;; esac; exec /usr/local/bin/oneimage.real "$@"`,
      () => current.gate(),
    );
    await current.on('backup01', 'cd datastores/100; rm -rf 0.off; [ ! -d 0 ] || rmdir 0');
    assert.equal(gate.exitCode, 1, gate.stdout);
    assertAgree(current, gate);
    assert.equal(current.requirement(601).outcome, 'not-met');
    assert.match(current.requirement(601).reason, /No such file or directory.*a backup that does not come back is none/);
    const swept = await current.suite('cleanup');
    assert.equal(swept.exitCode, 0, swept.stdout);
    assertSame(await current.everything(), whole, gate.stdout);
  });

  it('jq-missing-on-backup-flatten: BDS-504 quotes who missed it, and the broken chain is taken away', async () => {
    const { current } = rig;
    const site = await current.site('vm1.yaml', 's/^test_vm.*/test_vm: { id: 1, name: files01 }/');
    const whole = await current.everything();
    await breakFault(current.lab, 'jq-missing-on-backup');
    const { exitCode, stdout } = await current.gate(site).finally(() => repairFault(current.lab, 'jq-missing-on-backup'));
    assert.equal(exitCode, 1, stdout);
    assert.deepEqual(current.notMet, ['BDS-304', 'BDS-504'], stdout);
    assert.match(current.requirement(504).reason, /jq: command not found/);
    assert.match(current.requirement(504).reason, /onevm backup --reset/);
    assert.equal(current.requirement(601).outcome, 'blocked');
    assertSame(withoutErrors(await current.everything()), withoutErrors(whole), stdout);
  });
});
