/** What goes wrong around a test backup: others in the queue, a server that freezes, OpenNebula that stops, a restore that fails. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { assertSame } from '../snapshot.ts';
import { assertAgree } from './agreement.ts';
import { Rig } from './rig.ts';

const CUCUMBER =
  'cd /opt/suite && BACKUP_COMPLIANCE_SITE=~/site.yaml BACKUP_COMPLIANCE_REPORTS=~/reports PATH=$PWD/node_modules/.bin:$PATH cucumber-js -p gate';

describe('a gate in trouble', () => {
  const rig = Rig.forTests();

  it('agrees with itself in all it writes, and is the same by Cucumber’s own command', async () => {
    const { current } = rig;
    const whole = await current.everything();
    const gate = await current.gate();
    assert.equal(gate.exitCode, 0, gate.stdout);
    assertAgree(current, gate);
    assert.ok(current.latest.actions?.some(({ state }) => state === 'undone'));
    const own = current.latest.requirements.map(({ id, outcome }) => [id, outcome]);
    const cucumber = await current.lab.shell('frontend01', ['sh', '-c', CUCUMBER]);
    assert.equal(cucumber.exitCode, 0, cucumber.stdout);
    assertAgree(current, cucumber);
    assert.deepEqual(
      current.latest.requirements.map(({ id, outcome }) => [id, outcome]),
      own,
    );
    assertSame(await current.everything(), whole, cucumber.stdout);
  });

  it('says whose scheduled backup it waits behind, and leaves that one alone', async () => {
    const { current } = rig;
    const site = await current.site('queue.yaml', '$a deadlines: { schedule: 5 }');
    await current.lab.break('backup-stuck');
    const whole = await current.everything();
    const gate = await current.gate(site);
    const now = await current.everything();
    await current.lab.repair('backup-stuck');
    assert.equal(gate.exitCode, 1, gate.stdout);
    assertAgree(current, gate);
    const { outcome, reason } = current.requirement(501);
    assert.equal(outcome, 'not-met');
    assert.match(
      reason,
      /waits behind scheduled backup 900 \(rejected: .*Error getting datastore \[999\]\.?\).*not ours.*onevm sched-delete 0 900/,
    );
    for (const id of [502, 503, 601]) assert.equal(current.requirement(id).outcome, 'blocked');
    assert.equal(current.requirement(602).outcome, 'met', current.requirement(602).reason);
    // Of theirs, OpenNebula renews the time of the message.
    const timeless = (lines: string[]) => lines.map((line) => line.replace(/"MESSAGE":"[^"]* : /g, '"MESSAGE":"'));
    assertSame(timeless(now), timeless(whole), gate.stdout);
  });

  it('names a virtual machine that a frozen backup server keeps in BACKUP, and cleans up when it thaws', async () => {
    const { current } = rig;
    const site = await current.site('frozen.yaml', '$a deadlines: { backup: 4, cleanup: 10, command: 5, connect: 2 }');
    const whole = await current.everything();
    const gate = await current.gateThen(() => current.lab.break('server-frozen'), site);
    const [completes, left] = [current.requirement(502), current.requirement(602)];
    const early = await current.suite('cleanup', site);
    await current.lab.repair('server-frozen');
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

  it('could not look when OpenNebula stops, and cleans up when it is back', async () => {
    const { current } = rig;
    const site = await current.site('short.yaml', '$a deadlines: { schedule: 3, cleanup: 10, command: 5 }');
    const whole = await current.everything();
    const gate = await current.gateThen(() => current.lab.stop('frontend01', 'oned'), site);
    await current.lab.start('frontend01', 'oned');
    await current.lab.capacityKnown();
    assert.equal(gate.exitCode, 2, gate.stdout);
    assertAgree(current, gate);
    assert.equal(current.requirement(501).outcome, 'undetermined');
    assert.match(current.requirement(501).reason, /Failed to open TCP connection|Connection refused/);
    assert.equal(current.requirement(602).outcome, 'undetermined', current.requirement(602).reason);
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

  /** Wraps a command of the front-end so that it does something before or after what it does. */
  async function wrapped<T>(command: string, script: string, work: () => Promise<T>): Promise<T> {
    const path = `/usr/local/bin/${command}`;
    const { current } = rig;
    await current.lab.shell('frontend01', ['bash', '-c', `cp -p ${path} ${path}.real; { echo '#!/bin/bash'; cat; } > ${path}`], {
      input: script,
    });
    return work().finally(() => current.on('frontend01', `mv ${path}.real ${path}`));
  }

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
    const gate = await wrapped('oneimage', script, () => current.gate());
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
    const gate = await wrapped(
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

  it('run from outside, says that its connection was cut, and leaves what cleanup finishes', async () => {
    const { current } = rig;
    const whole = await current.everything();
    const suite = join(import.meta.dirname, '../../bin/backup-compliance');
    const site = join(current.reports, 'outside.yaml');
    writeFileSync(site, `${readFileSync(join(current.lab.dir, 'operator/site.yaml'), 'utf8')}\ndeadlines: { schedule: 10 }\n`);
    const outside = current.lab.run([suite, 'gate', '--site', site, '--reports', current.reports]);
    await current.drillBegins();
    await current.until('it is cut', () =>
      current.on(
        'frontend01',
        "ps -eo pid=,args= | awk '/sshd(-session)?: oneadmin@notty/ && !/awk/ { print $1 }' | xargs -r kill -9; echo cut",
      ),
    );
    const gate = await outside;
    assert.ok(gate.exitCode === 1 || gate.exitCode === 2, gate.stdout + gate.stderr);
    assertAgree(current, gate);
    assert.match(
      readFileSync(join(current.reports, 'latest/verdict.json'), 'utf8'),
      /the connection broke|connection was closed|Not connected/,
    );
    assert.notEqual(current.requirement(602).outcome, 'met');
    const swept = await current.lab.run([suite, 'cleanup']);
    assert.equal(swept.exitCode, 0, swept.stdout + swept.stderr);
    assertSame(await current.everything(), whole, gate.stdout + swept.stdout);
  });
});
