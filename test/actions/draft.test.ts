/** What `init` drafts of production from what a cloud says. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { draftOf } from '../../support/actions/draft.ts';
import { example, type ProductionFacts, siteText } from '../../support/site/example.ts';
import { parseSite } from '../../support/site/load.ts';
import { datastore, image, looked, now, unread, virtualMachine } from '../made.ts';

const HOUR = 3600;
const vms = looked(
  [
    virtualMachine({ id: '0', labels: ['Gold', 'Web'] }),
    virtualMachine({ id: '1', labels: ['gold', 'x'.repeat(129)] }),
    virtualMachine({ id: '2', labels: ['Silver "s", #1: {*}'] }),
    virtualMachine({ id: '3', state: 'DONE', labels: ['Gone'] }),
  ],
  'virtual-machines',
);
/** Backups of a VM, so many hours ago. */
const backups = (vm: string, hours: readonly number[], more: Parameters<typeof image>[0] = {}) =>
  hours.map((age, at) => image({ id: `${vm}${at}`, vms: [vm], registered: now - age * HOUR, newest: now - age * HOUR, ...more }));
const drafted = (...images: ReturnType<typeof backups>) =>
  draftOf({ virtualMachines: vms }, { images: looked(images, 'images'), now: looked(now, 'now') }, datastore());

test('counts the VMs that live, by their labels', () => {
  const { vms: all, labels = [] } = drafted() ?? {};
  assert.equal(all, 3);
  assert.deepEqual(
    labels.map(({ label, vms: members }) => [label, members]),
    [
      ['Gold', 2],
      ['Silver "s", #1: {*}', 1],
      ['Web', 1],
    ],
  );
  assert.equal(
    draftOf({ virtualMachines: unread('no', 'virtual-machines') }, { images: looked([], ''), now: looked(now, '') }, undefined),
    undefined,
  );
});

test('finds the longest gap between two restore points of a week, of each label its own', () => {
  const { gap, labels = [] } =
    drafted(...backups('0', [1, 5, 8]), ...backups('1', [2, 8, 300]), ...backups('2', [1, 25, 49, 400]), ...backups('3', [1, 100])) ?? {};
  assert.equal(gap, 24 * HOUR);
  assert.deepEqual(
    labels.map((label) => label.gap),
    [6 * HOUR, 24 * HOUR, 4 * HOUR],
  );
});

test('takes the newest two of weekly backups, and no time that is to come or of another datastore', () => {
  assert.equal(drafted(...backups('0', [100, 268, 500]))?.gap, 168 * HOUR);
  assert.equal(drafted(...backups('0', [-50, 1, 25]))?.gap, 24 * HOUR);
  assert.equal(drafted(...backups('0', [1, 25], { datastoreId: '101' }))?.gap, undefined);
  assert.equal(drafted(...backups('0', [1]))?.gap, undefined);
});

/** The site file as it is, and as it is once the block is declared. */
function written(production: ProductionFacts | undefined) {
  const text = siteText({ ...example, production });
  const block = /^# protect:\n(?:# .*\n)+/m.exec(text)?.[0] ?? assert.fail();
  return { as: parseSite(text, 'site.yaml'), declared: parseSite(text.replace(block, block.replaceAll(/^# /gm, '')), 'site.yaml'), block };
}

test('is commented out, and once it is not, it declares an RPO two hours longer than the gap, and no exception', () => {
  const { as, declared, block } = written(drafted(...backups('0', [1, 5.5]), ...backups('2', [1, 25])));
  assert.equal(as.protect, undefined);
  const least = parseSite(`${siteText(example)}protect: {}\n`, 'site.yaml').protect;
  assert.deepEqual(declared.protect, {
    ...least,
    classes: [
      { label: 'Gold', rpo: 7 * HOUR },
      { label: 'Silver "s", #1: {*}', rpo: 26 * HOUR },
      { label: 'Web', rpo: 7 * HOUR },
    ],
  });
  assert.match(block, /vms: all +# 3 VMs now.*\n(?:.*\n)*# {3}rpo: 26h +# .*; the longest gap found is 24 h\n/);
  assert.match(block, /label: Gold, rpo: 7h \} +# 2 VMs, longest gap 4 h 30 min\n/);
});

test('has the default RPO where no gap is known', () => {
  const { declared, block } = written({ vms: 1, labels: [] });
  assert.equal(declared.protect?.rpo, 26 * HOUR);
  assert.match(block, /# 1 VM now/);
  assert.match(block, /rpo: 26h .*no two restore points of one VM were found\n/);
  assert.doesNotMatch(block, /classes/);
});
