/** What goes wrong around a test backup: others in the queue, OpenNebula that stops, a connection that is cut. More of it is in left-behind.ts. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { breakFault, repairFault } from '../../lab/faults/index.ts';
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
    await breakFault(current.lab, 'backup-stuck');
    const whole = await current.everything();
    const gate = await current.gate(site);
    const now = await current.everything();
    await repairFault(current.lab, 'backup-stuck');
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

  it('run from outside, says that its connection was cut, and leaves what cleanup finishes', async () => {
    const { current } = rig;
    const whole = await current.everything();
    const suite = join(import.meta.dirname, '../../bin/backup-compliance');
    const outside = current.lab.run([suite, 'gate', '--reports', current.reports]);
    await current.drillBegins();
    // Its sshd processes are ended, root's with oneadmin's, so that the network says so at once.
    await current.lab.admin(
      'frontend01',
      "ps -eo pid=,args= | awk '/sshd(-session)?: oneadmin( \\[priv\\]|@notty)/ && !/awk/ { print $1 }' | xargs kill -9",
    );
    const gate = await outside;
    const afterwards = Date.now() - Date.parse(current.latest.finishedAt);
    assert.ok(afterwards < 20_000, `it stayed for ${afterwards} ms after its verdict, of which the most would be a command's deadline`);
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
