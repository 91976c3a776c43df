/** What a clean-up removes of canaries: all that is told to be theirs, and nothing of another OpenNebula's. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Change } from '../../support/actions/journal.ts';
import { CANARY, cleaned, logged, NAME, T, type There } from './cleaned.ts';

describe('a clean-up of canaries', () => {
  const named: Change = { change: 'canary', name: CANARY, host: '1' };
  const known: Change = { ...named, vm: '8' };
  const begun: Change = { ...known, directories: ['8', '8/aaaaaa'] };
  const there: There = {
    vms: [
      { id: '8', name: CANARY },
      { id: '7', name: 'backup-compliance-q-host1' },
    ],
    images: [
      { id: '80', vm: '8', source: 'bbbbbb' },
      { id: '70', vm: '7', source: 'cccccc' },
      { id: '81', vm: '', name: `${CANARY}-disk-0` },
    ],
    templates: [
      { id: '3', name: CANARY },
      { id: '4', name: 'backup-compliance-q-host1' },
    ],
    directories: ['8', '8/aaaaaa', '8/bbbbbb', '7', '7/cccccc'],
  };

  test('ends it first, and removes what is of it, but for directories that were there before', async () => {
    const { did, left, undone } = await cleaned([named, known, begun], there);
    assert.deepEqual(did, [
      'onevm terminate --hard 8',
      'onetemplate delete 3',
      'oneimage delete 81',
      'oneimage delete 80',
      'canary:/own/8/bbbbbb',
    ]);
    assert.deepEqual(left, []);
    assert.equal(undone[0], `VM 8 “${CANARY}”`);
  });

  test('removes the directory of the VM itself last, and only if it is empty', async () => {
    const { did } = await cleaned([{ ...known, directories: [] }], { ...there, directories: ['8', '8/bbbbbb'] });
    assert.deepEqual(did.slice(-2), ['canary:/own/8/bbbbbb', 'empty:/own/8']);
  });

  test('leaves below it what nothing tells to be its own, and names that; by its log it knows what a failed backup made', async () => {
    const images = [
      { id: '80', vm: '8', source: 'gone00', links: ['b57e01', 'b57e02'] },
      { id: '70', vm: '7', source: 'cccccc' },
    ];
    const log = logged(T, 'backup: rsync: write failed on "/own/8/fa11ed/disk.0.0": No space left on device (28)');
    const directories = ['8', '8/b57e01', '8/b57e02', '8/fa11ed', '8/cccccc', '8/zzz', '8/aaaaaa'];
    const { did, left, kept } = await cleaned([{ ...known, directories: [] }], { ...there, images, log, directories });
    const made = ['b57e01', 'b57e02', 'fa11ed'].map((name) => `canary:/own/8/${name}`);
    assert.deepEqual(did.slice(-4), [...made, 'empty:/own/8']);
    const stranger = (path: string) =>
      `${path} on backup01 is new, and neither a backup image nor the log of canary 8 names it. Look at it, and at whose it is: ls -lA ${path}`;
    assert.deepEqual(left, ['/own/8/cccccc', '/own/8/aaaaaa'].map(stranger));
    assert.deepEqual(kept, ['/own/8/zzz on backup01, which does not have the name of a backup']);
  });

  test('leaves what cannot be told to be its own, since its image is gone and its log cannot be read', async () => {
    const { did, left } = await cleaned([{ ...known, directories: [] }], { vms: [], directories: ['8', '8/bbbbbb'] });
    assert.deepEqual(did, ['empty:/own/8']);
    assert.match(left.join('; '), /^\/own\/8\/bbbbbb on backup01 is new, and neither/);
  });

  test('removes no directory of one that noted none, which no backup was asked of', async () => {
    const { did } = await cleaned([named, known], there);
    assert.deepEqual(did, ['onevm terminate --hard 8', 'onetemplate delete 3', 'oneimage delete 81', 'oneimage delete 80']);
  });

  test('writes its id down before it ends one of which nothing but the name is known', async () => {
    const { did } = await cleaned([named], there);
    assert.deepEqual(did.slice(0, 2), ['written: canary 8', 'onevm terminate --hard 8']);
    assert.ok(did.includes('oneimage delete 80'));
    const unwritten = await cleaned([named], { ...there, fails: 'journal' });
    assert.deepEqual([unwritten.did, unwritten.fault], [['written: canary 8'], 'the journal could not be written']);
  });

  test('never takes the VM that is backed up for one', async () => {
    const ofThat: Change = { ...named, vm: '0', directories: [] };
    const { did } = await cleaned([ofThat], { images: [{ id: '10' }], directories: ['0', '0/5de970', '0/dddddd'] });
    assert.deepEqual(did, []);
  });

  test('takes nothing from one that cannot be ended', async () => {
    const { did, left } = await cleaned([named, known, begun], { ...there, vms: [{ id: '8', name: CANARY, stays: true }] });
    assert.ok(!did.includes('oneimage delete 80'), did.join('; '));
    assert.ok(!did.some((each) => each.startsWith('canary:') || each.startsWith('empty:')), did.join('; '));
    assert.match(left[0] ?? '', /^VM 8 \(RUNNING\): remove it with onevm terminate --hard 8/);
    // What stays with it is named; not what was there before.
    const kept = /^backup image 80 “.*”, \/own\/8\/bbbbbb on backup01: cleanup removes what is of VM 8 once that is gone$/;
    assert.match(left[1] ?? '', kept);
    assert.equal(left.length, 2, left.join('; '));
    const unnoted = await cleaned([named, known], { ...there, images: [], vms: [{ id: '8', name: CANARY, stays: true }] });
    assert.equal(unnoted.left.length, 1, unnoted.left.join('; '));
  });

  test('takes no directory from a backup of it that cannot be deleted', async () => {
    const images = [
      { id: '80', vm: '8', source: 'bbbbbb', refusals: 9 },
      { id: '70', vm: '7' },
    ];
    const { did } = await cleaned([named, known, begun], { ...there, images });
    assert.ok(!did.some((each) => each.startsWith('canary:')), did.join('; '));
  });

  test('ends what was started of a restored backup, by its name', async () => {
    const vms = [
      { id: '6', name: `${NAME}-boot` },
      { id: '0', name: `${NAME}-boot` },
    ];
    const images = [{ id: '11', vm: '', name: `${NAME}-boot-disk-0` }];
    const { did } = await cleaned(
      [
        { change: 'boot', name: `${NAME}-boot`, image: '10' },
        { change: 'start', name: `${NAME}-boot`, template: '3' },
      ],
      { vms, images, templates: [{ id: '3', name: `${NAME}-boot` }] },
    );
    assert.deepEqual(did, ['onevm terminate --hard 6', 'onetemplate delete 3', 'oneimage delete 11']);
    assert.deepEqual((await cleaned([{ change: 'boot', name: `${NAME}-boot`, image: '10' }], { vms })).did, []);
  });

  test('says why the directories of one could not be listed', async () => {
    const onServer = { exitCode: 1, stderr: 'find: gone' } as const;
    const { did, fault } = await cleaned([named, known, begun], { ...there, onServer });
    assert.match(fault ?? '', /^backup01: the directories of the backups could not be listed: find: gone/);
    assert.ok(!did.some((each) => each.startsWith('canary:')), did.join('; '));
  });
});
