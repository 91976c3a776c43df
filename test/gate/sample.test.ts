/** Gates that restore production: whose turn it is, what of it they touch, and what is left of one that is killed meanwhile. */

import assert from 'node:assert/strict';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { Rig, tryAll } from '../rig.ts';

/** Every file below the datastore; of an increment what a restore of its chain may not change: its size, and all behind the header. */
const FILES = `cd /var/lib/one/datastores/100; find . -type f ! -name 'disk.0.[1-9]*' -printf '%p %s %T@ ' -exec sha256sum {} \\; | sort
for each in */*/disk.0.[1-9]*; do stat -c '%n %s %i' $each; tail -c +1025 $each | sha256sum; done`;

/** With `npm run interruptions` alone: they make a gate each time, or more. */
const atLength = (title: string, work: () => Promise<void>): void => {
  if (tryAll) void it(title, work);
};

describe('a gate that restores production', () => {
  const rig = Rig.forTests({ production: true });
  const of = (sample: string) => rig.site('sample.yaml', `s/vms: 1, max_size: 10 GiB/${sample}/`);
  const sampled = () => (rig.requirement(605).subjects ?? []).map(({ name, outcome }) => `${name} ${outcome}`).join(', ');
  const gate = async (site: string, only = 'BDS-605') => {
    const { exitCode, stdout, stderr } = await rig.suite('gate', site, '--only', only);
    assert.equal(exitCode, 0, stdout + stderr);
    return sampled();
  };
  let files = '';
  before(async () => {
    files = await rig.on('backup01', FILES);
    rig.whole = await rig.everything();
  });
  /** OpenNebula, and all machines but the backup server, as they were; there no more than headers of increments. */
  const untouched = async () => {
    const isStored = (line: string) => line.startsWith('backup01') && /\/disk\.0\.[1-9]/.test(line);
    const now = (await rig.everything()).filter((line) => !isStored(line));
    assert.deepEqual(
      now,
      rig.whole.filter((line) => !isStored(line)),
    );
    assert.equal(await rig.on('backup01', FILES), files);
  };

  it('says beforehand whose turn it is, and changes nothing', async () => {
    const { exitCode, stdout } = await rig.suite('gate', await of('vms: 6, max_size: 11 MiB'), '--plan');
    assert.equal(exitCode, 0, stdout);
    assert.match(
      stdout,
      /^- restore the newest backup of web02 \(5\), image \d+, a chain of 10 of 10 MiB, never restored by a gate before,/m,
    );
    assert.match(stdout, /^- let OpenNebula write the names of backing files into the qcow2 headers/m);
    assert.match(
      stdout,
      /^- not restore a backup of db02 \(4\): its newest backup, image \d+, has \d+ MiB, and restore\.sample\.max_size is 11 MiB/m,
    );
    await untouched();
  });

  it('touches nothing of those that it restores but the headers of increments', async () => {
    assert.equal(await gate(await of('vms: 1, max_size: 10 GiB'), 'BDS-605@vm db02'), 'db02 met');
    await untouched();
  });

  atLength('takes one after the other, and begins anew where a run was changed since it was sealed', async () => {
    const site = await of('vms: 1, max_size: 10 GiB');
    // The full backups, then the chains; db02 was restored above.
    for (const name of ['web01', 'db01', 'web02', 'files02', 'mail01']) assert.equal(await gate(site), `${name} met`);
    appendFileSync(join(rig.reports, rig.latest.run, 'messages.ndjson'), '\n');
    assert.equal(await gate(site), 'mail01 met');
    await untouched();
  });

  atLength('that is killed leaves nothing once it is cleaned up', async () => {
    const site = await of('vms: 2, max_size: 10 GiB');
    for (const step of ['sample', 'temporary']) {
      const reached = () => rig.untilSays('frontend01', `grep -r '"change":"${step}".*-vm' .backup-compliance`);
      const said = await rig.killedAndSwept('gate', reached, { victim: 'group', site });
      assert.match(said, /removed: template \d+ “backup-compliance-[^”]*-vm\d+”/);
      await untouched();
    }
  });
});
