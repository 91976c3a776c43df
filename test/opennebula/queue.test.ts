import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseVirtualMachine, type VirtualMachine } from '../../support/opennebula/pools.ts';
import { type Busy, placeTaken, queueOf, readLimits, rejectionOf, saidOf, targetOf } from '../../support/opennebula/queue.ts';
import { recorded, recordedIn } from '../answers.ts';
import { datastore, kvm01, kvm02, now, scheduledBackup, virtualMachine } from '../made.ts';

const second = (name: string) => parseVirtualMachine(recordedIn(`7.4.0/second/${name}`));
const ids = (vm: VirtualMachine, at = 1_796_000_000) => queueOf(vm, at).map(({ id }) => id);

describe('what is still to be begun', () => {
  test('first what was due first; those due at the same time by their id', () => {
    const at = (id: string, time: number) => scheduledBackup({ id, time });
    assert.deepEqual(ids(virtualMachine({ backupActions: [at('10', 5), at('9', 5), at('2', 7)], otherActions: [at('11', 4)] })), [
      '11',
      '9',
      '10',
      '2',
    ]);
  });

  test('in what was recorded', () => {
    assert.deepEqual(ids(second('a-recurring-end-passed/05-onevm-show-x')), [], 'a repetition whose end has passed');
    assert.deepEqual(ids(second('a-recurring-end-passed/15-onevm-show-x')), ['33'], 'one that is due again');
    assert.deepEqual(ids(second('b-due-while-in-backup/05-onevm-show-x-after')), []);
    assert.deepEqual(ids(parseVirtualMachine(recordedIn('6.10.5/calls/057-onevm-show-x-rejected'))), ['14', '15', '16']);
  });

  for (const [what, changes, left] of [
    ['its end has passed', { until: now - 1 }, false],
    ['its end is now', { until: now }, true],
    ['it has been begun as often as was said', { times: 0 }, false],
    ['it is begun once more', { times: 1 }, true],
    ['its end has passed, and OpenNebula tries it still', { until: now - 1, message: 'VM is locked' }, true],
    ['it was begun', { dispatched: true }, false],
  ] as const)
    test(`a repetition: ${what}`, () => {
      const vm = virtualMachine({ backupActions: [scheduledBackup({ time: now - 5000, repeats: true, ...changes })] });
      assert.equal(queueOf(vm, now).length === 1, left);
    });
});

test('a backup goes where it says, unless it adds to a chain', () => {
  const chained = { keepsIncrements: true, chain: '8', lastIncrement: 1 };
  const datastores = [datastore(), datastore({ id: '106', images: ['7', '8'] })];
  const goes = (vm: Partial<VirtualMachine>, action: Parameters<typeof scheduledBackup>[0]) =>
    targetOf(scheduledBackup(action), virtualMachine(vm), datastores)?.id;
  assert.equal(goes({}, {}), '100');
  assert.equal(goes({}, { datastoreId: '999' }), undefined);
  assert.equal(goes(chained, { datastoreId: '999' }), '106');
  assert.equal(goes(chained, { datastoreId: '100', reset: true }), '100');
  assert.equal(goes({ ...chained, keepsIncrements: false }, {}), '100', 'full backups');
  assert.equal(goes({ ...chained, chain: '' }, {}), '100', 'the chain is no more');
  assert.equal(goes({ ...chained, chain: '9' }, {}), undefined, 'its image is gone');
});

describe('what becomes of what OpenNebula rejects', () => {
  const recordings: readonly (readonly [name: string, said: RegExp, becomes: ReturnType<typeof rejectionOf>])[] = [
    ['7.4.0/second/b-due-while-in-backup/03-onevm-show-x-while-waiting', /^Could not create .*wrong state BACKUP\.$/, 'waits'],
    ['7.4.0/second/a0-list-extended/07-onevm-show-0-x', /^Error getting datastore \[555\]\.$/, 'stays'],
    ['7.4.0/second/a0-list-extended/08-onevm-show-x-later', /^$/, undefined],
    ['7.4.0/second/a0-list-extended/11-onevm-show-x-rejected', /^Not enough free space on target datastore$/, 'passes'],
    ['7.4.0/third/c-quota/10-onevm-show-x-over-images', /limit of 1 reached for IMAGES quota/, 'passes'],
    ['7.4.0/third/c-quota/13-onevm-show-x-over-size', /limit of 50 reached for SIZE quota/, 'passes'],
    ['7.4.0/third/d-limit-mb/05-onevm-show-x', /^Not enough free space/, 'passes'],
    ['6.10.5/calls/057-onevm-show-x-rejected', /^Datastore needs to be of type BACKUP$/, 'stays'],
  ];
  for (const [name, said, becomes] of recordings)
    test(name, () => {
      const vm = parseVirtualMachine(recordedIn(name));
      const [first] = queueOf(vm, 1_796_000_000);
      assert.ok(first);
      assert.match(saidOf(first), said);
      assert.equal(rejectionOf(first, vm), becomes);
    });

  test('the one rejected of the first look', () => {
    const vm = parseVirtualMachine(recorded('236-onevm-show-after-bad-sched'));
    const [first, ...others] = queueOf(vm, 1_796_000_000);
    assert.equal(first && rejectionOf(first, vm), 'stays');
    assert.ok(others.every((other) => rejectionOf(other, vm) === undefined));
  });

  const backup = 'Could not create a new backup for VM 7,';
  const away = { ready: false } as const;
  for (const [message, vm, becomes] of [
    [`${backup} wrong state BACKUP_POWEROFF.`, away, 'waits'],
    [`${backup} consolidating backup increments`, {}, 'waits'],
    [`${backup} wrong state UNKNOWN.`, away, 'stays'],
    [`${backup} wrong state UNKNOWN.`, {}, 'passes'],
    [`${backup} wrong state UNDEPLOYED.`, away, 'stays'],
    [`${backup} wrong state SUSPENDED.`, away, 'stays'],
    [`${backup} wrong state BOOT_FAILURE.`, away, 'stays'],
    [`${backup} wrong state MIGRATE.`, away, 'passes'],
    [`${backup} wrong state HOTPLUG.`, away, 'passes'],
    ['User [0] : VM is locked. [7].', {}, 'stays'],
    ['Error getting datastore Pool.', {}, 'stays'],
    ['whatever OpenNebula will say one day', {}, 'stays'],
  ] as const)
    test(`${message} ${JSON.stringify(vm)}`, () => {
      const action = scheduledBackup({ message: `Mon Nov 23 05:03:14 2026 : [backup] ${message}` });
      assert.equal(saidOf(action), message);
      assert.equal(rejectionOf(action, virtualMachine(vm)), becomes);
    });

  test('another action than a backup', () => {
    const { datastoreId: _datastore, reset: _reset, ...action } = scheduledBackup();
    const becomes = (state: string) =>
      rejectionOf({ ...action, message: `x : [poweroff] This action is not available for state ${state}` }, virtualMachine());
    assert.deepEqual(['POWEROFF', 'SUSPENDED', 'BACKUP', 'MIGRATE'].map(becomes), ['stays', 'stays', 'waits', 'passes']);
  });
});

test('the limits as oned.conf has them', () => {
  const read = (...lines: string[]) => {
    const { inAll, onHost } = readLimits(lines.join('\n'));
    return `${inAll} ${onHost}`;
  };
  assert.equal(read(''), '5 2');
  assert.equal(read('MAX_BACKUPS      = 7', 'MAX_BACKUPS_HOST = 3'), '7 3');
  assert.equal(read('  MAX_BACKUPS_HOST="4"  # many', '# MAX_BACKUPS = 9'), '5 4');
  assert.equal(read('MAX_BACKUPS=0', 'MAX_BACKUPS_HOST = some'), 'Infinity 2');
});

describe('a place for a backup', () => {
  const [mine, beside, elsewhere] = [
    virtualMachine({ id: '7', name: 'vm7', host: kvm01 }),
    virtualMachine({ id: '8', name: 'vm8', host: kvm01 }),
    virtualMachine({ id: '9', name: 'vm9', host: kvm02 }),
  ];
  const busy = (changes: Partial<Busy>): Busy => ({ running: [], limits: { inAll: 3, onHost: 2 }, due: [], ...changes });
  const action = scheduledBackup({ time: 100 });
  const ahead = { vm: virtualMachine({ id: '5', name: 'vm5', host: kvm02 }), action: scheduledBackup({ time: 99 }) };
  for (const [what, changes, expected] of [
    ['is free', {}, undefined],
    ['is free where one runs elsewhere', { running: [elsewhere] }, undefined],
    ['is taken on its host', { running: [beside] }, /vm8 \(8\) runs on kvm01/],
    ['is taken in all', { running: [elsewhere, elsewhere, elsewhere] }, /^as many backups run as may: MAX_BACKUPS is 3$/],
    ['is behind one whose host is full', { running: [elsewhere, elsewhere], due: [ahead] }, /behind vm5 \(5\)/],
    [
      'is before one whose host is full',
      { running: [elsewhere, elsewhere], due: [{ ...ahead, action: scheduledBackup({ time: 101 }) }] },
      undefined,
    ],
    ['is behind one whose host has room', { running: [elsewhere], due: [ahead] }, undefined],
  ] as const)
    test(what, () => {
      const said = placeTaken(mine, action, busy(changes));
      if (expected) assert.match(said ?? '', expected);
      else assert.equal(said, expected);
    });
});
