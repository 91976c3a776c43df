import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keptIn, leftIn, stuck, type View } from '../../support/actions/left.ts';
import { image, link, virtualMachine } from '../made.ts';

const chain = image({ id: '20', increments: [link('0', 'b57e01', 1)] });
const view = (changes: Partial<View> = {}, vm: Parameters<typeof virtualMachine>[0] = {}): View => ({
  ...{ actions: [], inBackup: false, templates: [], images: [], kept: [], doubtful: [], ours: [], others: [], perhaps: [] },
  scene: { from: 1, now: 2, utcOffset: 0, localOffset: 0, vm: virtualMachine(vm), images: [], templates: [], logSize: 0 },
  ...changes,
});
const none = { debris: [], empty: [], doubtful: [] };
const found = { debris: ['/own/0/a a'], empty: ['/own/0/b'], doubtful: ['/own/0/c'] };
const at = { vm: '7', server: 'backup01' };

test('of what is still there it is said what to do; what may be somebody’s, nobody is told to remove', () => {
  assert.deepEqual(leftIn(view(), none, at), []);
  const all = view({
    inBackup: true,
    doubtful: [image({ id: '9', name: 'x' })],
    templates: [{ id: '3', name: 't' }],
    images: [image({ id: '10' }), image({ id: '11', error: 'no' }), chain],
  });
  assert.deepEqual(leftIn(all, found, at), [
    'VM 7 is still in BACKUP, since the backup server does not answer. When it does, run cleanup again; or give the backup up: onevm backup-cancel 7',
    'backup image 9 “x”: made in the time of the run, but not by it alone, as far as can be told. It is left to whoever else backs VM 7 up; when it is gone, run cleanup again',
    'template 3: remove it with onetemplate delete 3',
    'image 10: remove it with oneimage delete 10',
    'image 11 (no): remove it with oneimage delete 11',
    'backup image 20: run cleanup again, which removes it unless somebody adds to it meanwhile',
    "/own/0/a a on backup01 belongs to no image. Look at it, then remove it: rm -r '/own/0/a a'",
    '/own/0/c on backup01 belongs to no image. Look at it, and at whose it is: ls -lA /own/0/c',
    '/own/0/b on backup01 belongs to no image. Look at it, and at whose it is: ls -lA /own/0/b',
  ]);
});

test('while the VM is in BACKUP nothing that it may need is to be removed', () => {
  const busy = 'VM 7 is in BACKUP, and may need it. When that has ended, run cleanup again';
  assert.deepEqual(leftIn(view({ images: [image({ id: '10' }), chain] }, { inBackup: true }), found, at), [
    'image 10: remove it with oneimage delete 10',
    `backup image 20: ${busy}`,
    `/own/0/a a on backup01 belongs to no image: ${busy}`,
  ]);
});

test('what stays for good is told apart: a chain that the VM cannot do without, and somebody else’s', () => {
  const kept = [image({ id: '20', name: 'x' }), image({ id: '21', name: 'y' })];
  const theirs = (id: string, name: string) => `backup image ${id} “${name}”, which may hold a backup of ours, and is not ours`;
  assert.deepEqual(keptIn(view({ kept }, { incrementMode: 'SNAPSHOT', chain: '20' }), '7'), [
    'backup image 20 “x”, which holds a backup of ours and is the only chain that VM 7 can have in SNAPSHOT mode',
    theirs('21', 'y'),
  ]);
  assert.deepEqual(keptIn(view({ kept }, { incrementMode: 'CBT', chain: '20' }), '7'), [theirs('20', 'x'), theirs('21', 'y')]);
  assert.match(stuck('7'), /^VM 7 cannot be backed up any more: .* onevm updateconf 7$/);
});
