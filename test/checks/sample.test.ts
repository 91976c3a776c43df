import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Check } from '../../support/checks/check.ts';
import { largestRestoresInTime, sampleRestores } from '../../support/checks/sample.ts';
import type { Audited } from '../../support/facts/audited.ts';
import type { BackupFiles, GateFacts, Restoration, SampleRestored, Sampling } from '../../support/facts/gate.ts';
import { MiB } from '../../support/machines/shell.ts';
import type { Image } from '../../support/opennebula/images.ts';
import type { Judgement } from '../../support/outcome/judgement.ts';
import type { Protect } from '../../support/site/schema.ts';
import { evidence, image, link, looked, virtualMachine, wholeCloud } from '../made.ts';

const vm = (id: number, labels: readonly string[] = []) => virtualMachine({ id: String(id), name: `vm${id}`, labels });
const asked = [evidence({ command: 'asked' })];
const restored = (mb: number, seconds: number, changes: Partial<Restoration> = {}): Restoration => ({
  ...{ stage: 'ready', found: '', seconds, evidence: asked },
  comparisons: [{ disk: '0', content: 'equal', found: '', bytes: mb * MiB, evidence: [] }],
  ...changes,
});
const unrestored = (stage: Restoration['stage'], found: string): Restoration => ({ stage, found, comparisons: [], evidence: asked });
const filesOf = (id: string, state: 'sound' | 'broken' = 'sound', allocated = 640): BackupFiles => ({
  disks: [
    {
      disk: '0',
      path: `/d/${id}/5de970/disk.0.0`,
      whole: true,
      bytes: 41 * MiB,
      content: { value: { state, said: 'ERROR: 3 errors', allocated } },
    },
  ],
  description: { path: `/d/${id}/5de970/vm.xml`, bytes: 100, content: { value: { vm: id, made: virtualMachine().made } } },
  evidence: asked,
});
const one = (id: number, changes: Partial<SampleRestored> = {}): SampleRestored => ({
  ...{ vm: vm(id), image: image({ id: `1${id}`, vms: [String(id)] }), sizeMb: 42 },
  ...{ files: filesOf(String(id)), restore: restored(41, 2) },
  ...changes,
});
const sampling = (all: readonly SampleRestored[], changes: Partial<Sampling> = {}): GateFacts => ({
  sample: { value: { chosen: all, restored: all, production: 6, eligible: 6, proven: 0, leftOut: [], uncounted: [], ...changes } },
});

const owed: Protect = {
  ...{ vms: 'all', except: [], rpo: 93_600, restore_points: 2, keep_for: 604_800, rto: undefined, quiesced: false },
  ...{ datastores: 'declared', disks: 'all', classes: [] },
};
interface Given {
  readonly gate?: GateFacts;
  readonly sample?: { vms: number; max_size: number } | undefined;
  readonly protect?: Protect;
  readonly images?: readonly Image[];
}
function judged(check: Check, { gate = {}, protect, images = [], ...given }: Given): readonly Judgement[] {
  const { sample } = { sample: { vms: 1, max_size: 1024 }, ...given };
  const { site, frontend, backups, ...whole } = wholeCloud();
  const virtualMachines = looked([vm(1), vm(2, ['Gold']), vm(3, ['Gold'])], 'virtual-machines');
  const cloud: Audited = {
    ...{ ...whole, gate },
    site: { ...site, restore: { ...site.restore, sample }, protect },
    frontend: { ...frontend, virtualMachines },
    backups: { ...backups, images: looked(images, 'images') },
  };
  return [check.judge(cloud)].flat();
}
/** What it comes to, subject by subject, and what is said of the first. */
function told(check: Check, given: Given): string {
  const all = judged(check, given);
  const [first] = all;
  const outcomes = all.map(({ subject, outcome }) => [subject?.name, outcome].filter(Boolean).join(' ')).join(', ');
  return [outcomes, first?.reason, first?.fix, first?.measured, first?.note].filter(Boolean).join(' | ');
}

describe('BDS-605', () => {
  const cases: readonly (readonly [what: string, given: Given, says: RegExp])[] = [
    ['is not asked for', { sample: undefined }, /^not-applicable \| .*production is never restored unasked/],
    ['was not tried', {}, /^undetermined \| .*nothing was tried/],
    [
      'could not begin',
      { gate: { sample: { fault: 'another gate is under way' } } },
      /^undetermined \| .*could not begin: another gate is under way/,
    ],
    ['finds no production', { gate: sampling([]) }, /^undetermined \| .*found no VM of production/],
    [
      'finds none that can be restored',
      { gate: sampling([], { leftOut: [{ vm: vm(1), why: 'it is being backed up' }] }) },
      /^undetermined \| .*found none: vm1 \(1\): it is being backed up/,
    ],
    [
      'restores two, one of which had been proven before',
      { gate: sampling([one(1), one(2, { proven: '2026-11-20' })], { proven: 3, leftOut: [{ vm: vm(3), why: 'no backup in “x”' }] }) },
      /^vm1 met, vm2 met \| disk 0: 41 MiB restored in 2 s \(20\.5 MiB\/s\), identical \| This run restored 2 of 6 .* restored 4\. Not restored: vm3 \(3\): no backup in “x”\.$/,
    ],
    [
      'restores one that had failed since it was proven, and knows another',
      { gate: sampling([one(1, { proven: '2026-11-20', failed: true })], { proven: 3, failed: [vm(1), vm(2)] }) },
      /^vm1 met \| .* \| This run restored 1 of 6 .* restored 4\. Restored once, and failed since: vm2 \(2\)\.$/,
    ],
    [
      'restores one, of which earlier runs prove nothing',
      {
        gate: sampling([one(1)], {
          uncounted: [
            { run: 'r2', why: 'its files differ from SHA256SUMS' },
            { run: 'r1', why: 'its backups went to datastore 101, not 100' },
            { run: 'r0', why: 'its files differ from SHA256SUMS' },
          ],
        }),
      },
      /restored 1\. Earlier runs that are not counted: r2, r0 \(its files differ from SHA256SUMS\); r1 \(its backups went to datastore 101, not 100\)\.$/,
    ],
    [
      'finds a disk that differs',
      {
        gate: sampling([
          one(1, {
            restore: restored(41, 2, {
              comparisons: [{ disk: '0', content: 'different', found: 'Content mismatch at offset 0!', bytes: 1, evidence: [] }],
            }),
          }),
          one(2),
        ]),
      },
      /^vm1 not-met, vm2 met \| vm1 \(1\): expected image 11 to be restored .* found that disk 0 differs: Content mismatch .* restored 1 of 6/,
    ],
    [
      'finds files that are broken, whatever came of them',
      { gate: sampling([one(1, { files: filesOf('1', 'broken'), restore: unrestored('error', 'image 40 in state ERROR') })]) },
      /^vm1 not-met \| .*disk\.0\.0: qemu-img check says “ERROR: 3 errors”.* \| Make a new full backup of it, then run the gate again\./,
    ],
    [
      'finds no data in a backup',
      { gate: sampling([one(1, { files: filesOf('1', 'sound', 0) })]) },
      /^vm1 undetermined \| .*found no data in any disk: .* \| .*If it has none, there is nothing to restore: name it in protect\.except\. \|/,
    ],
    ['finds the files of another', { gate: sampling([one(1, { files: filesOf('2') })]) }, /^vm1 not-met \| .*vm\.xml is that of VM 2/],
    [
      'ends in ERROR though the files are sound',
      { gate: sampling([one(1, { restore: unrestored('error', 'image 40 in state ERROR: no room') })]) },
      /^vm1 not-met \| .*image 40 in state ERROR: no room/,
    ],
    [
      'could not be checked, whatever the files are',
      {
        gate: sampling([
          one(1, { files: filesOf('1', 'broken'), restore: unrestored('unseen', 'its backup, image 11, deleted meanwhile') }),
        ]),
      },
      /^vm1 undetermined \| .*deleted meanwhile/,
    ],
    [
      'is equal, but of files nothing is known',
      { gate: sampling([one(1, { files: { ...filesOf('1'), fault: 'no answer' } })]) },
      /^vm1 undetermined \| .*found no answer/,
    ],
  ];
  for (const [what, given, says] of cases) test(`that ${what}`, () => assert.match(told(sampleRestores, given), says));
});

test('BDS-605 says of each when it was tried, and of one that was not begun that it was not', () => {
  const ended = '2026-11-29T06:05:00.000Z';
  const all = judged(sampleRestores, { gate: sampling([one(1, { ended }), one(2, { restore: unrestored('unseen', 'interrupted') })]) });
  assert.deepEqual(
    all.map(({ tried }) => tried),
    [ended, undefined],
  );
});

describe('BDS-606', () => {
  const rto = { ...owed, rto: 600 };
  const large = (id: number, sizeMb: number) => image({ id: `1${id}`, vms: [String(id)], sizeMb });
  const speed = (...all: (readonly [mb: number, seconds: number])[]) =>
    sampling(all.map(([mb, seconds]) => one(1, { restore: restored(mb, seconds) })));
  const cases: readonly (readonly [what: string, given: Given, says: RegExp])[] = [
    ['without protect', {}, /^not-applicable \| .*declares no rto/],
    ['without an rto', { protect: owed }, /^not-applicable/],
    ['without a VM that is owed one', { protect: { ...rto, vms: [{ name: 'x' }] } }, /^undetermined \| .*found none/],
    ['without a backup', { protect: rto }, /^undetermined \| production: expected a backup, .* none of its 3/],
    [
      'without a restore that is large enough',
      { protect: rto, images: [large(1, 2000), large(2, 5000)], gate: speed([1023, 1]) },
      /^vm2 undetermined \| .*found no restore of 1024 MiB or more .* max_size of at least 2 GiB/,
    ],
    [
      'without a backup that is large enough to be sampled',
      { protect: rto, images: [large(1, 100)], gate: speed([1, 1]) },
      /^vm1 undetermined \| .*since none of this class has/,
    ],
    [
      'of the largest, by the slowest restore, exactly in time',
      { protect: rto, images: [large(1, 1), large(2, 60_000)], gate: speed([2048, 1], [1024, 10.24], [900, 900]) },
      /^vm2 met \| 60000 MiB in 10 min \(limit 10 min\) at 100\.0 MiB\/s, as measured on the restore of vm1 \(1\): 1024 MiB in 10\.24 s \| Measured from/,
    ],
    [
      'that takes a second too long',
      { protect: rto, images: [large(2, 60_001)], gate: speed([1024, 10.24]) },
      /^vm2 not-met \| vm2 \(2\): expected its backup of 60001 MiB \(image 12\), the largest of production, to restore within 10 min, found that it takes 10 min 1 s, at 100\.0 MiB\/s/,
    ],
    [
      'of a restore that was not READY nothing is measured',
      { protect: rto, images: [large(2, 1)], gate: { restore: restored(2048, 1, { stage: 'late' }) } },
      /^vm2 undetermined/,
    ],
    [
      'by the test backup',
      { protect: rto, images: [large(2, 1)], gate: { restore: restored(2048, 0) } },
      /^vm2 met \| .* as measured on the test backup: 2048 MiB in 1 s/,
    ],
    [
      'class by class, each with its own',
      {
        protect: { ...rto, classes: [{ label: 'Gold', rto: 60 }] },
        images: [large(1, 60_000), large(3, 6001)],
        gate: speed([1024, 10.24]),
      },
      /^vm1 met, vm3 not-met/,
    ],
    [
      'of a class alone',
      {
        protect: { ...owed, classes: [{ label: 'Gold', rto: 61 }] },
        images: [large(1, 60_000), large(3, 6001)],
        gate: speed([1024, 10.24]),
      },
      /^vm3 met/,
    ],
    [
      'of a backup elsewhere, where that counts',
      {
        protect: { ...rto, datastores: 'any' },
        images: [image({ id: '9', vms: ['1'], sizeMb: 1400, datastoreId: '101' })],
        gate: speed([1024, 1]),
      },
      /^vm1 met \| 1400 MiB in 2 s/,
    ],
    [
      'of a backup elsewhere, where that does not count',
      { protect: rto, images: [image({ id: '9', vms: ['1'], sizeMb: 1400, datastoreId: '101' })], gate: speed([1024, 1]) },
      /^undetermined \| production: expected a backup/,
    ],
    [
      'of a chain, whose links count together',
      {
        protect: rto,
        images: [image({ id: '9', vms: ['1'], sizeMb: 1, increments: ['0', '1'].map((id) => link(id, `${id}00000`, 1, { sizeMb: 700 })) })],
        gate: speed([1024, 1]),
      },
      /^vm1 met \| 1400 MiB in 2 s/,
    ],
  ];
  for (const [what, given, says] of cases) test(what, () => assert.match(told(largestRestoresInTime, given), says));

  test('of the newest backup of each, whichever is listed first', () => {
    const [older, newer] = [
      image({ id: '8', vms: ['1'], sizeMb: 90_000, newest: 1 }),
      image({ id: '9', vms: ['1'], sizeMb: 1400, newest: 2 }),
    ];
    for (const images of [
      [older, newer],
      [newer, older],
    ])
      assert.match(told(largestRestoresInTime, { protect: rto, images, gate: speed([1024, 1]) }), /^vm1 met \| 1400 MiB/);
  });

  test('of the newest that can be restored: what is in ERROR has a size of its own', () => {
    const [ready, broken] = [large(1, 90_000), image({ id: '9', vms: ['1'], sizeMb: 1, newest: 9_999_999_999, state: 'error' })];
    const of = (...images: readonly Image[]) => told(largestRestoresInTime, { protect: rto, images, gate: speed([1024, 10.24]) });
    assert.match(of(ready, broken), /^vm1 not-met \| .*backup of 90000 MiB \(image 11\)/);
    // What OpenNebula is at work on is not restored meanwhile, and is most likely as large afterwards.
    assert.match(of(ready, { ...broken, state: 'locked' }), /^vm1 not-met \| .*\(image 11\)/);
    assert.match(of(large(2, 1), { ...ready, state: 'locked' }), /^vm1 not-met \| .*\(image 11\)/);
    assert.match(of(broken), /^undetermined \| .*found none of its 3 VMs: the newest of vm1 \(1\), image 9, is not READY\./);
  });

  test('a backup of a size that is not told may be the largest, whosever it is', () => {
    for (const untold of [1, 2, 3]) {
      const images = [1, 2, 3].map((id) => large(id, id === untold ? Number.NaN : 10 * id));
      const says = new RegExp(`^vm${untold} undetermined`);
      assert.match(told(largestRestoresInTime, { protect: rto, images, gate: speed([1024, 1]) }), says);
    }
  });

  test('a backup of a size that is not told is none to tell from', () => {
    assert.match(
      told(largestRestoresInTime, { protect: rto, images: [large(1, Number.NaN)], gate: speed([1024, 1]) }),
      /^(vm1 )?undetermined/,
    );
  });
});
