/** Who is production, by `protect` in the site file; and how that is shown. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Audited } from '../../support/facts/audited.ts';
import { choosesDisks, scopeOf } from '../../support/facts/scope.ts';
import { scopeLines, toScope } from '../../support/report/scope.ts';
import { parseSite } from '../../support/site/load.ts';
import { host, kvm01, looked, now, unread, virtualMachine, wholeCloud } from '../made.ts';

const vms = [
  virtualMachine({ id: '0', name: 'backup-probe' }),
  virtualMachine({ id: '7', name: 'web-2', labels: ['Gold', 'Web'], group: 'finance', cluster: '101' }),
  virtualMachine({ id: '3', name: 'web-1', labels: ['Silver'], cluster: '0' }),
  virtualMachine({ id: '5', name: 'scratch-1' }),
  virtualMachine({ id: '6', name: 'old', state: 'DONE' }),
];

/** A cloud of these, with `protect` as the site file says it. */
function cloud(protect: string, more: Partial<Audited['frontend']> = {}): Pick<Audited, 'site' | 'frontend'> {
  const { frontend } = wholeCloud();
  const site = parseSite(
    `name: x\nfrontend: local\ndatastore: { name: x, rsync_user: x, rsync_host: x }\ntest_vm: { id: 0, name: backup-probe }\n${protect}\n`,
    'site.yaml',
  );
  const hosts = looked([host('0', kvm01), host('1', 'east01', 'on', { cluster: '101', clusterName: 'east' })], 'hosts');
  return { site, frontend: { ...frontend, virtualMachines: looked(vms, 'virtual-machines'), hosts, ...more } };
}
const scope = (protect: string, more: Partial<Audited['frontend']> = {}) => scopeOf(cloud(`protect: ${protect}`, more)) ?? assert.fail();
const names = (protect: string) =>
  scope(protect)
    .vms.map(({ vm }) => vm.name)
    .join(' ');
const jo = 'owner: Jo, reason: rebuilt nightly';
const day = new Date(now * 1000).toISOString().slice(0, 10);

test('all is all but the test VM, and those that are gone; by their ids', () => {
  assert.equal(names('{}'), 'web-1 scratch-1 web-2');
  assert.deepEqual(scope('{}').own, ['backup-probe (0)']);
  assert.equal(scopeOf(cloud('')), undefined);
  assert.equal(scopeOf(cloud('protect: {}', { virtualMachines: unread('no', 'virtual-machines') })), undefined);
});

test('what gates make is never in scope; what only looks like it is', () => {
  const run = 'backup-compliance-2026-11-29T06-00-00Z-1f3a';
  const called = [`${run}-boot`, `${run}-host12`, `${run}-host`, 'backup-compliance-host1', `my-${run}-host1`, `${run}-host1-mail`];
  const virtualMachines = looked(
    called.map((name, id) => virtualMachine({ id: String(id + 1), name })),
    'virtual-machines',
  );
  const { own, vms: found } = scope('{}', { virtualMachines });
  assert.deepEqual(own, [`${run}-boot (1)`, `${run}-host12 (2)`]);
  assert.deepEqual(
    found.map(({ vm }) => vm.id),
    ['3', '4', '5', '6'],
  );
});

test('another VM with the id of the test VM is production', () => {
  const virtualMachines = looked([virtualMachine({ id: '0', name: 'mail01' })], 'virtual-machines');
  const { own, vms: found } = scope('{}', { virtualMachines });
  assert.deepEqual([own, found.length], [[], 1]);
});

test('selectors: a name with *, an id, a label, a group, a cluster by name or id; all that is named holds', () => {
  for (const [selectors, found] of [
    ['{ name: "web-*" }', 'web-1 web-2'],
    ['{ name: web }', ''],
    ['{ name: "web.1" }', ''],
    ['{ id: 7 }', 'web-2'],
    ['{ label: Web }', 'web-2'],
    ['{ label: gold }', 'web-2'],
    ['{ label: "WE*" }', 'web-2'],
    ['{ label: Go }', ''],
    ['{ name: WEB-1 }', ''],
    ['{ group: finance }', 'web-2'],
    ['{ cluster: east }', 'web-2'],
    ['{ cluster: "101" }', 'web-2'],
    ['{ name: "web-*", cluster: east }', 'web-2'],
    ['{ id: 5 }, { label: Silver }', 'web-1 scratch-1'],
    ['{ id: 0 }', ''],
  ] as const)
    assert.equal(names(`{ vms: [${selectors}] }`), found, selectors);
});

test('of a name only * stands for others', () => {
  const called = ['db.1 (old)', 'db-1 (old)', 'db.1 old', 'db1 (old)', 'db.1 (old)\nx'];
  const virtualMachines = looked(
    called.map((name, id) => virtualMachine({ id: String(id + 1), name })),
    'virtual-machines',
  );
  for (const [name, found] of [
    ['db.1 (old)', ['1']],
    ['db.1 (*', ['1', '5']],
  ] as const)
    assert.deepEqual(
      scope(`{ vms: [{ name: "${name}" }] }`, { virtualMachines }).vms.map(({ vm }) => vm.id),
      found,
    );
});

test('names and labels are compared as they are composed', () => {
  const virtualMachines = looked([virtualMachine({ id: '1', name: 'bu\u0308ro', labels: ['A\u0308rzte'] })], 'virtual-machines');
  for (const selector of ['{ name: "b\u00fcro" }', '{ label: "\u00e4rzte" }'])
    assert.equal(scope(`{ vms: [${selector}] }`, { virtualMachines }).vms.length, 1, selector);
});

test('exceptions take out until the end of their last day', () => {
  const of = (expires: string) =>
    scope(`{ except: [{ name: "scratch-*", ${jo}, expires: ${expires} }, { id: 5, ${jo}, expires: ${expires} }] }`);
  const [inForce, expired] = [of(day), of('2026-01-01')];
  assert.deepEqual([inForce.vms.length, inForce.out, inForce.exceptions.map(({ vms: out }) => out)], [2, ['scratch-1 (5)'], [1, 1]]);
  assert.deepEqual([expired.vms.length, expired.out, expired.exceptions[0]?.expired], [3, [], true]);
});

test('the first class that matches overrides what all are owed', () => {
  const { vms: found } = scope(
    '{ rpo: 26h, keep_for: 7d, classes: [{ label: Gold, rpo: 4h }, { name: "web-*", rpo: 1h, keep_for: 30d }] }',
  );
  assert.deepEqual(
    found.map(({ vm, terms }) => [vm.name, terms.of, terms.rpo / 3600, terms.keep_for / 86_400]),
    [
      ['web-1', 'name web-*', 1, 30],
      ['scratch-1', undefined, 26, 7],
      ['web-2', 'label Gold', 4, 7],
    ],
  );
});

test('what matches nobody is named', () => {
  const none = scope(
    `{ vms: [{ name: "web-*" }, { label: Bronze }], except: [{ id: 99, ${jo}, expires: ${day} }], classes: [{ group: sales, rpo: 1h }] }`,
  );
  assert.deepEqual(none.unused, [
    'protect.vms label Bronze matches no VM.',
    'protect.except id 99 matches no VM.',
    'protect.classes group sales matches no VM.',
  ]);
});

test('what matches somebody, and decides nothing, is named with why', () => {
  const gold = '{ label: Gold, rpo: 4h }';
  for (const [protect, unused] of [
    [
      `{ classes: [{ name: "web-*", rpo: 1h }, ${gold}] }`,
      'protect.classes label Gold is never used: an earlier class or an exception has all its VMs.',
    ],
    [
      `{ except: [{ id: 7, ${jo}, expires: ${day} }], classes: [${gold}] }`,
      'protect.classes label Gold is never used: an earlier class or an exception has all its VMs.',
    ],
    [`{ vms: [{ id: 3 }], classes: [${gold}] }`, 'protect.classes label Gold matches no VM that protect.vms names.'],
    [`{ vms: [{ id: 3 }], except: [{ id: 7, ${jo}, expires: ${day} }] }`, 'protect.except id 7 matches no VM that protect.vms names.'],
    [`{ vms: [{ id: 7 }, { label: Web }], except: [{ id: 7, ${jo}, expires: ${day} }, { id: 7, ${jo}, expires: ${day} }] }`, undefined],
    [`{ vms: [{ id: 7 }], except: [{ id: 3, ${jo}, expires: 2026-01-01 }] }`, undefined],
    [`{ except: [{ id: 0, ${jo}, expires: ${day} }] }`, 'protect.except id 0 matches no VM.'],
  ] as const)
    assert.deepEqual(scope(protect).unused, unused === undefined ? [] : [unused], protect);
});

test('what would have to be known to tell: clusters, and the time where there are exceptions', () => {
  const [hosts, time] = [{ hosts: unread('no', 'hosts') }, { now: unread('no', 'now') }];
  const isUnclear = (protect: string, more: Partial<Audited['frontend']>) => scope(protect, more).unclear !== undefined;
  assert.deepEqual(
    [
      isUnclear('{ vms: [{ cluster: east }] }', hosts),
      isUnclear('{ classes: [{ cluster: east, rpo: 1h }] }', hosts),
      isUnclear('{}', { ...hosts, ...time }),
      isUnclear('{ vms: [{ name: web-1 }] }', hosts),
      isUnclear(`{ except: [{ id: 5, ${jo}, expires: ${day} }] }`, time),
    ],
    [true, true, false, false, true],
  );
});

test('who is not declared is named, and is neither excepted nor of the suite', () => {
  const of = (expires: string) =>
    scope(`{ vms: [{ id: 3 }], except: [{ id: 3, ${jo}, expires: ${day} }, { id: 5, ${jo}, expires: ${expires} }] }`);
  assert.deepEqual([of(day).undeclared, of(day).out], [['web-2 (7)'], ['web-1 (3)']]);
  assert.deepEqual(of('2026-01-01').undeclared, ['scratch-1 (5)', 'web-2 (7)']);
});

test('of those out of scope the first five are named', () => {
  const virtualMachines = looked(
    Array.from({ length: 9 }, (_, id) => virtualMachine({ id: String(id + 1), name: `vm${id + 1}` })),
    'virtual-machines',
  );
  const shown = toScope(
    true,
    scope(`{ vms: [{ name: vm9 }, { name: vm8 }], except: [{ id: 8, ${jo}, expires: ${day} }] }`, { virtualMachines }),
  );
  assert.deepEqual([shown.undeclared, shown.undeclaredNames?.length, shown.out, shown.outNames], [7, 5, 1, ['vm8 (8)']]);
  assert.match(
    scopeLines(shown)[0] ?? '',
    /until \S+\): vm8 \(8\)\. Not declared: 7 VMs: vm1 \(1\), vm2 \(2\), vm3 \(3\), vm4 \(4\), vm5 \(5\), and 2 more\.$/,
  );
  const { outNames: _out, undeclaredNames: _undeclared, ...before } = shown;
  assert.match(scopeLines(before)[0] ?? '', /until \S+\)\. Not declared: 7 VMs\.$/);
});

test('is shown in few lines', () => {
  const lines = (protect: string, more = {}) => scopeLines(toScope(true, scope(protect, more)));
  assert.deepEqual(lines('{}'), ['Production: 3 VMs. Never in scope: backup-probe (0).']);
  assert.deepEqual(
    lines(`{ except: [{ name: "scratch-*", ${jo}, expires: ${day} }], classes: [{ label: Gold, rpo: 4h }, { label: Tin, rpo: 1h }] }`),
    [
      `Production: 2 VMs (label Gold: 1). Out of scope as declared: 1 (name scratch-*: 1, Jo: rebuilt nightly, until ${day}): scratch-1 (5). Never in scope: backup-probe (0).`,
      'Unused selector: protect.classes label Tin matches no VM.',
    ],
  );
  assert.match(
    lines(
      `{ except: [{ name: "scratch-*", ${jo}, expires: ${day} }, { id: 5, owner: Al, reason: no data., expires: ${day} }, { id: 3, ${jo}, expires: ${day} }] }`,
    )[0] ?? '',
    /declared: 2 \(name scratch-\*: 1, Jo: rebuilt nightly, until \S+; id 5: 1, Al: no data, until \S+; id 3: 1, Jo: rebuilt nightly, until \S+\): web-1 \(3\), scratch-1 \(5\)\. Never/,
  );
  assert.match(
    lines(`{ except: [{ id: 5, ${jo}, expires: 2026-01-01 }] }`)[1] ?? '',
    /^The exception id 5 .* is expired since the end of 2026-01-01/,
  );
  assert.deepEqual(scopeLines(toScope(false, undefined)), [
    'Production: nobody has declared what it is owed (“protect” in the site file).',
  ]);
  assert.match(scopeLines(toScope(true, undefined)).join(), /is unknown/);
});

test('a class may say of the test VM that disks are left out on purpose, and is not unused then', () => {
  const chooses = (protect: string, id = 0) => choosesDisks(cloud(`protect: ${protect}`), vms[id] ?? assert.fail());
  const own = '{ name: backup-probe, disks: selected }';
  assert.deepEqual(
    ['{}', '{ disks: selected }', `{ classes: [${own}] }`, '{ disks: selected, classes: [{ id: 0, disks: all }] }'].map((each) =>
      chooses(each),
    ),
    [false, true, true, false],
  );
  assert.equal(chooses(`{ classes: [${own}] }`, 1), false);
  assert.equal(choosesDisks(cloud(''), vms[0] ?? assert.fail()), false);
  assert.deepEqual(scope(`{ classes: [${own}] }`).unused, []);
  assert.deepEqual(scope('{ classes: [{ name: backup-probe, rpo: 1h }] }').unused, ['protect.classes name backup-probe matches no VM.']);
});
