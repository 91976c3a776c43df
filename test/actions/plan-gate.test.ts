import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { canaryTime } from '../../support/actions/canary.ts';
import { canaryLine, planTest, sampleLine } from '../../support/actions/plan-gate.ts';
import { inPeriods } from '../../support/outcome/period.ts';
import { disk, host, image, link, looked, now, virtualMachine, wholeCloud } from '../made.ts';

const { frontend, site: whole, ...rest } = wholeCloud();
const site = {
  ...whole,
  test_vm: { id: 0, name: 'vm0', max_size: 10_240 },
  deadlines: { ...whole.deadlines, backup: 600, restore: 900 },
  restore: { ...whole.restore, canary: { template: 'small', at_once: 2, per_run: 10, proven_within: 86_400, hosts: 'all' as const } },
};

describe('a plan says about how long things take, at 50 MiB/s, and at most', () => {
  test('of the test VM: its backup once, its restore and the same again to compare it', () => {
    const vm = virtualMachine({ name: 'vm0', disks: [disk({ sizeMb: 6000 })], diskMb: 6000 });
    const all = planTest({ ...rest, site, frontend: { ...frontend, virtualMachines: looked([vm], 'virtual-machines') } });
    assert.match(
      all.find((line) => line.startsWith('back up')) ?? '',
      /6000 MiB together.*: about 2 min at 50 MiB\/s, at most 10 min each$/,
    );
    assert.match(all.find((line) => line.startsWith('restore that')) ?? '', /: about 4 min at 50 MiB\/s, at most 15 min$/);
  });

  test('of a backup of production: its restore and the same again, and a minute more for each GiB at most', () => {
    const one = { vm: virtualMachine({ id: '7', name: 'web01' }), image: image({ id: '17' }), sizeMb: 3000 };
    const line = (changes: Partial<Parameters<typeof sampleLine>[1]> = {}) => sampleLine({ site, frontend }, { ...one, ...changes });
    assert.match(
      line(),
      /^restore the newest backup of web01 \(7\), image 17, a full backup of 3000 MiB, never restored by a gate before, .*: about 2 min at 50 MiB\/s, at most 18 min$/,
    );
    assert.match(line({ sizeMb: 3073 }), /, at most 19 min$/);
    assert.match(line({ sizeMb: 1 }), /: about 1 s at 50 MiB\/s, at most 16 min$/);
    const increments = ['0', '1'].map((id) => link(id, `${id}aaaaa`, now));
    assert.match(line({ image: image({ increments }), proven: '2026-11-20T06:00:00.000Z' }), /a chain of 2 of .* last on 2026-11-20, /);
  });

  test('of a canary: made, backed up, restored and compared', () => {
    const line = canaryLine(site, { host: host('1', 'kvm01', 'dsbl') }, 250);
    assert.match(
      line,
      /^make a VM of the template “small” on kvm01, which is disabled, \(never proven before\), .*: about 20 s at 50 MiB\/s, at most /,
    );
    assert.ok(line.endsWith(`at most ${inPeriods(canaryTime(site, 1, 1))}`), line);
  });
});
