import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { choiceOf, obstaclesIn } from '../../support/actions/sample-choice.ts';
import type { Audited } from '../../support/facts/audited.ts';
import type { Image } from '../../support/opennebula/images.ts';
import type { ListedVirtualMachine } from '../../support/opennebula/pools.ts';
import type { Protect, Site } from '../../support/site/schema.ts';
import fc from '../fuzz.ts';
import { datastore, disk, image, link, looked, now, space, virtualMachine, wholeCloud } from '../made.ts';

type VmChanges = Partial<ListedVirtualMachine>;
const vm = (id: number, changes: VmChanges = {}) => virtualMachine({ id: String(id), name: `vm${id}`, ...changes });
/** The newest backup of that VM: image 11 of 1, and so on. */
const backup = (id: number, changes: Partial<Image> = {}) =>
  image({ id: `1${id}`, vms: [String(id)], sizeMb: 100, newest: now, ...changes });
const chain = (id: number, changes: Partial<Image> = {}) =>
  backup(id, { increments: [link('0', 'aaaaaa', now - 60, { sizeMb: 90 }), link('1', 'bbbbbb', now, { sizeMb: 20 })], ...changes });

interface Given {
  readonly vms?: readonly ListedVirtualMachine[];
  readonly images?: readonly Image[];
  readonly proven?: Readonly<Record<string, string>>;
  readonly inVain?: Readonly<Record<string, string>>;
  readonly failed?: readonly string[];
  readonly sample?: Site['restore']['sample'];
  readonly protect?: Protect;
  readonly change?: (cloud: Audited) => Partial<Audited>;
  readonly only?: string;
  readonly unsound?: (image: Image) => string | undefined;
}
/** The choice in a cloud of three VMs with a backup each, besides the test VM 0. */
function choose({ vms = [1, 2, 3].map((id) => vm(id)), images = [1, 2, 3].map((id) => backup(id)), proven = {}, ...given }: Given) {
  const { sample = { vms: 1, max_size: 1024 }, protect, change = () => ({}), only } = given;
  const { site, frontend, ...whole } = wholeCloud();
  const cloud: Audited = {
    ...whole,
    site: { ...site, test_vm: { id: 0, name: 'vm0', max_size: 10_240 }, restore: { ...site.restore, sample }, protect },
    frontend: {
      ...frontend,
      virtualMachines: looked([vm(0), ...vms], 'virtual-machines'),
      datastores: looked([datastore(), datastore({ id: '1', name: 'default', type: 'img' })], 'datastores'),
    },
    backups: { ...whole.backups, images: looked(images, 'images') },
  };
  return choiceOf({ ...cloud, ...change(cloud) }, images, {
    proven: new Map(Object.entries(proven)),
    inVain: new Map(Object.entries(given.inVain ?? {})),
    failed: new Set(given.failed),
    unsound: given.unsound ?? (() => undefined),
    only: only === undefined ? undefined : [only],
  });
}
const chosen = (given: Given): string =>
  choose(given)
    .chosen.map((sample) => `${sample.vm.id}:${sample.image.id}`)
    .join(' ');
const why = (given: Given): string =>
  choose(given)
    .leftOut.map((left) => `${left.vm.id}: ${left.why}`)
    .join('; ');
const many = { sample: { vms: 9, max_size: 1024 } };

describe('of production those are restored', () => {
  test('of which that was proven longest ago, or never', () => {
    assert.equal(chosen({}), '1:11');
    assert.equal(chosen({ proven: { 1: '2026-11-20', 3: '2026-11-21' } }), '2:12');
    assert.equal(chosen({ proven: { 1: '2026-11-20', 2: '2026-11-19', 3: '2026-11-21' } }), '2:12');
    assert.equal(chosen({ ...many, proven: { 1: '2026-11-20', 2: '2026-11-19', 3: '2026-11-21' } }), '2:12 1:11 3:13');
  });

  test('that have full backups before those that have chains, where neither was proven', () => {
    const images = [chain(1), backup(2), chain(3)];
    assert.equal(chosen({ ...many, images }), '2:12 1:11 3:13');
    assert.equal(chosen({ images, proven: { 2: '2026-11-20' } }), '1:11');
    assert.equal(chosen({ images, proven: { 1: '2026-11-20' } }), '2:12');
    assert.equal(chosen({ images, proven: { 1: '2026-11-20', 2: '2026-11-21' } }), '3:13');
  });

  test('by their newest backup in the declared datastore', () => {
    const older = [backup(1), backup(1, { id: '20', newest: now + 1 }), backup(1, { id: '21', newest: now + 2, datastoreId: '101' })];
    assert.equal(chosen({ images: older }), '1:20');
    // Full backups after a chain, which has been added to since.
    assert.equal(chosen({ images: [backup(1, { id: '20', newest: now - 1, registered: now - 1 }), chain(1)] }), '1:11');
  });

  test('by the newest that can be restored: one in ERROR after it is passed over, one that OpenNebula is at work on is waited for', () => {
    const then = (state: Image['state']) => ({ images: [backup(1), backup(1, { id: '20', newest: now + 1, state })], vms: [vm(1)] });
    for (const state of ['error', 'delete', 'disabled'] as const) assert.equal(chosen(then(state)), '1:11', state);
    assert.equal(chosen(then('used')), '1:20');
    assert.equal(chosen(then('locked')), '');
    assert.match(why(then('locked')), /image 20 \(LOCKED\)$/);
  });

  test('that are production, as it was declared: never the test VM, nor what is out of scope', () => {
    const images = [backup(0), backup(1), backup(2), backup(3)];
    assert.equal(chosen({ ...many, images }), '1:11 2:12 3:13');
    const protect = { ...declared, except: [{ id: 2, owner: 'Jo', reason: 'scratch', expires: '2099-01-01' }] };
    assert.equal(chosen({ ...many, images, protect }), '1:11 3:13');
    assert.equal(choose({ images, protect }).production, 2);
    assert.equal(chosen({ ...many, vms: [vm(1, { state: 'DONE' }), vm(2)] }), '2:12');
  });

  test('though one among them never comes to a proof', () => {
    assert.equal(chosen({ inVain: { 1: '2026-11-20' } }), '2:12');
    assert.equal(chosen({ inVain: { 1: '2026-11-20' }, proven: { 2: '2026-11-21', 3: '2026-11-22' } }), '1:11');
    assert.equal(chosen({ inVain: { 1: '2026-11-23' }, proven: { 1: '2026-11-20', 2: '2026-11-21', 3: '2026-11-22' } }), '2:12');
    // It is proven no more than before by that.
    assert.equal(choose({ inVain: { 1: '2026-11-20' } }).proven, 0);
    const [proven, inVain]: Record<string, string>[] = [{}, {}];
    const turns = Array.from({ length: 6 }, (_, run) => {
      const [{ vm: of } = assert.fail()] = choose({ proven: proven ?? {}, inVain: inVain ?? {} }).chosen;
      Object.assign((of.id === '1' ? inVain : proven) ?? {}, { [of.id]: String(1000 + run) });
      return of.id;
    });
    assert.equal(turns.join(''), '123123');
  });

  test('of which one that failed since it was proven is not among the proven', () => {
    const { proven, failed, chosen: samples } = choose({ ...many, proven: { 1: '2026-11-20', 2: '2026-11-21' }, failed: ['1', '3'] });
    assert.deepEqual([proven, failed?.map(({ id }) => id)], [1, ['1']]);
    assert.deepEqual(
      samples.filter((sample) => sample.failed).map(({ vm: { id } }) => id),
      ['3', '1'],
    );
    assert.equal('failed' in choose({ proven: { 1: '2026-11-20' } }), false);
  });

  test('that is asked for alone, though it is not its turn', () => {
    assert.equal(chosen({ only: 'vm vm3', proven: { 3: '2026-11-21' } }), '3:13');
    assert.equal(chosen({ only: 'vm 2' }), '2:12');
    assert.equal(chosen({ only: 'vm 7' }), '');
  });

  test('each full one in the end, however soon runs are forgotten; each chain where as many runs are kept as a round takes', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 20 }),
        (size, vmsARun, kept) => {
          const vms = Array.from({ length: size }, (_, index) => vm(index + 1));
          const images = vms.map(({ id }) => (Number(id) % 3 === 0 ? chain(Number(id)) : backup(Number(id))));
          const runs: string[][] = [];
          for (let run = 0; run < 4 * size + 4; run += 1) {
            const proven = Object.fromEntries(runs.slice(-kept).flatMap((ids, at) => ids.map((id) => [id, String(1000 + run + at)])));
            runs.push(choose({ vms, images, proven, sample: { vms: vmsARun, max_size: 1024 } }).chosen.map((sample) => sample.vm.id));
          }
          const [seen, isKept] = [new Set(runs.flat()), kept * vmsARun >= size];
          for (const { id } of vms) assert.ok(seen.has(id) || (!isKept && Number(id) % 3 === 0), id);
        },
      ),
    );
  });
});

const declared: Protect = {
  ...{ vms: 'all', except: [], rpo: 93_600, restore_points: 2, keep_for: 604_800, rto: undefined, quiesced: false },
  ...{ datastores: 'declared', disks: 'all', classes: [] },
};

describe('a VM is left out, and it is said why', () => {
  const one = { vms: [vm(1)] };
  const cases: readonly (readonly [what: string, given: Given, says: RegExp])[] = [
    ['without a backup', { ...one, images: [] }, /^1: no backup in “rsync Backups”$/],
    ['in BACKUP', { vms: [vm(1, { inBackup: true })] }, /^1: it is being backed up$/],
    ['with a flatten under way', { ...one, images: [chain(1, { state: 'locked' })] }, /at work on its backup, image 11 \(LOCKED\)$/],
    ['whose newest backup is in ERROR', { ...one, images: [backup(1, { state: 'error' })] }, /image 11, is not READY$/],
    [
      'whose backup is too large',
      { ...one, images: [backup(1, { sizeMb: 1025 })] },
      /has 1025 MiB, and restore.sample.max_size is 1024 MiB$/,
    ],
    ['whose chain is too large', { ...one, images: [chain(1)], sample: { vms: 1, max_size: 109 } }, /has 110 MiB/],
    ['whose backup has no size', { ...one, images: [backup(1, { sizeMb: Number.NaN })] }, /has NaN MiB/],
    [
      'whose disks do not fit',
      { vms: [vm(1, { disks: [disk({ sizeMb: 99_999 })] })] },
      /its disks need 99999 MiB, and the datastore “default” has 78224 MiB free$/,
    ],
    [
      'whose chain does not fit where it is put together',
      {
        ...{ ...one, images: [chain(1)] },
        change: ({ server }) => ({
          server: {
            ...server,
            space: looked({ storage: space('/x'), tmp: space('/var/tmp', { availableBytes: 109 * 2 ** 20 }) }, 'space'),
          },
        }),
      },
      /its chain, image 11, has 110 MiB, and \/var\/tmp on backup01\.example\.net, .* 109 MiB free$/,
    ],
  ];
  for (const [what, given, says] of cases)
    test(what, () => {
      assert.match(why(given), says);
      assert.equal(chosen(given), '');
    });

  test('and the next takes its place', () => assert.equal(chosen({ vms: [vm(1, { inBackup: true }), vm(2)] }), '2:12'));
  test('but not of a size that is just allowed', () => assert.equal(chosen({ ...one, images: [backup(1, { sizeMb: 1024 })] }), '1:11'));

  test('by the requirements that say of each image whether it is sound', () => {
    const { backups, server, ...whole } = wholeCloud();
    const known = (images: readonly Image[]) =>
      obstaclesIn({ ...whole, server, backups: { ...backups, images: looked(images, 'images') } });
    const failed = backup(1, { error: 'Mon Nov 23 05:10:00 2026 : Error flattening' });
    assert.equal(known([failed, backup(2)])(failed), 'BDS-706 is not met of its newest backup, image 11');
    assert.equal(known([backup(2)])(backup(2)), 'BDS-707 could not be checked of its newest backup, image 12');
    assert.equal(chosen({ unsound: ({ id }) => (id === '11' ? 'BDS-706 is not met' : undefined) }), '2:12');
    assert.match(why({ unsound: ({ id }) => (id === '11' ? 'BDS-706 is not met' : undefined) }), /^1: BDS-706 is not met$/);
  });

  test('whose chain cannot be put together on the backup server, which BDS-206 says; a full backup is restored', () => {
    const { server: backup01, frontend, ...whole } = wholeCloud();
    const server = { ...backup01, stored: looked({ files: [], unread: new Map(), odd: 0 }, 'stored') };
    const tmp = looked({ path: '/var/tmp', there: '/var/tmp', is: 'directory', usable: false } as const, 'tmp');
    const virtualMachines = looked([vm(1, { keepsIncrements: true })], 'virtual-machines');
    const known = (changes: Partial<Audited> = {}) =>
      obstaclesIn({ ...whole, server: { ...server, tmp }, frontend: { ...frontend, virtualMachines }, ...changes });
    assert.match(known()(chain(1)) ?? '', /^BDS-206 is not met, and its newest backup, image 11, is a chain/);
    assert.doesNotMatch(known()(backup(2)) ?? '', /BDS-206/);
    assert.doesNotMatch(known({ server })(chain(1)) ?? '', /BDS-206/);
    const waivers = [{ requirement: 'BDS-206', owner: 'Jo', reason: 'moved', expires: '2099-01-01' }];
    assert.doesNotMatch(known({ accepted: { waivers, day: '2026-11-29' } })(chain(1)) ?? '', /BDS-206/);
  });
});
