/** Gates that must not begin, that fail, that are cut off: all is said alike, and all is as it was, whatever of others' is there. More in left-behind.ts. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { breakFault, repairFault } from '../../lab/faults/index.ts';
import { Rig, tryAll } from '../rig.ts';

/** A recorded failure that ends a backup; those that do not, or only later, have tests of their own. */
interface Recorded {
  /** The lab's world of it, which has the recording's name unless that is given. */
  readonly world: string;
  readonly recording?: string;
  /** The requirement of the audit that sees it. */
  readonly seenBy: number;
  /** What OpenNebula's log says of it. */
  readonly cause: RegExp;
  /** What else it takes on backup01 to fail a backup, and how that is undone. */
  readonly besides?: readonly [make: string, undo: string];
  /** Tried in every run of the tests, not only by `npm run interruptions`. */
  readonly often?: true;
}

const denied = /(?:backup|make_dst_path): oneadmin@backup01\.example\.net: Permission denied \(publickey\)/;
const refused = (machine: string) => new RegExp(`ssh: connect to host ${machine}\\.example\\.net port 22: Connection refused`);
const notMade = (path: string) => new RegExp(`cannot create directory '[^']*/100${path}': Permission denied`);

const failures: readonly Recorded[] = [
  { world: 'agent-empty', seenBy: 102, cause: denied },
  { world: 'agent-stopped', seenBy: 102, cause: denied },
  { world: 'authkeys-missing-on-backup', seenBy: 101, cause: denied },
  { world: 'dir-not-writable', seenBy: 201, cause: notMade("/0[^']*") },
  {
    world: 'dsparent-not-writable',
    seenBy: 201,
    cause: notMade(''),
    besides: ['mv datastores/100 100.off', '[ ! -d datastores/100 ] || rmdir datastores/100; mv 100.off datastores/100'],
  },
  { world: 'host-no-sshconfig-unknown-key', seenBy: 102, cause: /backup: Host key verification failed/ },
  { world: 'host-sshd-down', seenBy: 102, cause: refused('kvm01') },
  { world: 'noisy-bashrc-on-backup', seenBy: 104, cause: /is your shell clean\?/ },
  { world: 'qemuimg-missing-on-host', seenBy: 303, cause: /prebackup_live: No such file or directory - qemu-img/ },
  { world: 'rsync-missing-on-backup', seenBy: 301, cause: /backup: bash: line 1: rsync: command not found/ },
  { world: 'rsync-missing-on-host', seenBy: 303, cause: /backup: bash: line \d+: rsync: command not found/ },
  { world: 'sshd-down', recording: 'sshd-down-scheduled', seenBy: 101, cause: refused('backup01'), often: true },
];

/** The requirements of the test backup and its restore. */
const DRILL = [501, 502, 503, 601, 602];

describe('a gate', () => {
  const rig = Rig.amongOthers();

  it('ends with 3 and leaves no run where another VM is declared', async () => {
    const { runs } = rig;
    const { exitCode, stderr } = await rig.suite('gate', await rig.site('wrong.yaml', 's/id: 0/id: 1/'));
    assert.equal(exitCode, 3, stderr);
    assert.match(stderr, /test_vm: expected VM 1 to be “backup-probe”.*VM 1 is “files01”, and “backup-probe” is 0/);
    assert.deepEqual(rig.runs, runs);
  });

  for (const { world, seenBy } of tryAll ? failures : failures.slice(0, 1)) {
    it(`is blocked by BDS-${seenBy} in ${world}`, async () => {
      const { exitCode, stdout } = await rig.broken(world, () => rig.suite('gate'));
      assert.equal(exitCode, 1, stdout);
      assert.equal(rig.requirement(seenBy).outcome, 'not-met', stdout);
      for (const id of DRILL) {
        assert.equal(rig.requirement(id).outcome, 'blocked', `BDS-${id}: ${rig.requirement(id).reason}`);
        assert.match(rig.requirement(id).reason, /BDS-\d{3} is not met/);
      }
    });
  }

  it('that was killed is finished by the next one; a third beside that says who is at it, and touches nothing', async () => {
    const { ended, signal } = await rig.begin('gate');
    const killed = await rig.untilNoted();
    await signal('KILL', 'group');
    await ended;
    assert.match(await rig.on('frontend01', 'ls .backup-compliance/*'), /jsonl/);
    const next = rig.cucumber('gate');
    await rig.until('the next one begins', async () => (await rig.untilNoted()) !== killed);
    const third = await rig.suite('gate');
    assert.equal(third.exitCode, 2, third.stdout + third.stderr);
    rig.assertAgree(third);
    assert.equal(rig.requirement(202).outcome, 'undetermined');
    assert.match(rig.requirement(202).reason, /another gate or clean-up of this datastore is under way \(\d{4}-\S+\)\.$/);
    assert.match(rig.requirement(202).fix ?? '', /^Wait until it has ended/);
    for (const id of [501, 502, 601, 602]) assert.match(rig.requirement(id).outcome, /undetermined|blocked/);
    const cleanup = await rig.suite('cleanup');
    assert.ok(cleanup.exitCode === 2 || cleanup.exitCode === 0, cleanup.stdout);
    const { exitCode, stdout } = await next;
    assert.equal(exitCode, 0, stdout);
    rig.assertAgree({ exitCode, stdout });
    for (const id of DRILL) assert.equal(rig.requirement(id).outcome, 'met');
    assert.ok(rig.latest.actions?.some(({ state }) => state === 'undone'));
  });

  for (const { world, recording = world, cause, besides: [make, undo] = ['', ''] } of failures.filter(({ often }) => often || tryAll)) {
    it(`says why its backup fails, and names what may be left: ${recording}`, async () => {
      const { exitCode, stdout, stderr } = await rig.gateThen(async () => {
        await rig.on('backup01', make);
        await breakFault(rig.lab, world);
      });
      await repairFault(rig.lab, world);
      await rig.on('backup01', undo);
      assert.equal(exitCode, 1, stdout + stderr);
      assert.equal(rig.requirement(501).outcome, 'met');
      const { outcome, reason, fix } = rig.requirement(502);
      assert.equal(outcome, 'not-met', reason);
      assert.match(reason, cause);
      assert.match(fix ?? '', /The whole story stands in \/var\/log\/one\/0\.log/);
      for (const id of [503, 601]) assert.equal(rig.requirement(id).outcome, 'blocked');
      const left = rig.requirement(602);
      if (left.outcome === 'met') await rig.assertSame(rig.whole);
      else assert.match(`${left.reason} ${left.fix ?? ''}`, /could not look|rm -r|cleanup/);
      const swept = await rig.suite('cleanup');
      assert.equal(swept.exitCode, 0, swept.stdout + swept.stderr);
    });
  }

  for (const [signal, victim, step] of [
    ['TERM', 'process', 'restore'],
    ...(tryAll ? [['INT', 'group', 'schedule'] as const] : []),
  ] as const) {
    it(`cleans up itself on SIG${signal}, and reports`, async () => {
      const { ended, signal: send } = await rig.begin('gate');
      await rig.untilNoted(step);
      await send(signal, victim);
      const { exitCode, stdout, stderr } = await ended;
      assert.equal(exitCode, 130, stdout + stderr);
      assert.equal(rig.latest.exitCode, 130);
      assert.equal(rig.requirement(101).outcome, 'met');
      assert.notEqual(rig.requirement(601).outcome, 'met');
    });
  }

  it('run from outside says that its connection was cut, and leaves what cleanup finishes', async () => {
    const outside = rig.outside('gate', '--reports', rig.reports);
    await rig.untilNoted();
    // Its sshd processes are ended, root's with oneadmin's, so that the network says so at once.
    await rig.lab.admin(
      'frontend01',
      "ps -eo pid=,args= | awk '/sshd(-session)?: oneadmin( \\[priv\\]|@notty)/ && !/awk/ { print $1 }' | xargs kill -9",
    );
    const gate = await outside;
    const afterwards = Date.now() - Date.parse(rig.latest.finishedAt);
    assert.ok(afterwards < 20_000, `it stayed for ${afterwards} ms after its verdict, of which the most would be a command's deadline`);
    assert.ok(gate.exitCode === 1 || gate.exitCode === 2, gate.stdout + gate.stderr);
    rig.assertAgree(gate);
    assert.match(
      readFileSync(join(rig.reports, 'latest/verdict.json'), 'utf8'),
      /the connection broke|connection was closed|Not connected/,
    );
    assert.notEqual(rig.requirement(602).outcome, 'met');
    const swept = await rig.outside('cleanup');
    assert.equal(swept.exitCode, 0, swept.stdout + swept.stderr);
  });
});
