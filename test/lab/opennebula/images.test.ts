/** Images: which can be deleted and by whom, what a restore refuses, and that capacity is looked at after both. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { newImage, newTemplate, type State } from '../../../lab/opennebula/state.ts';
import { int, type Tree, text } from '../../../lab/opennebula/tree.ts';
import { AS_ALICE, OK, quietCloud, refused, type TestCloud } from './harness.ts';
import { recording } from './recordings.ts';

const BACKUP = { datastore: { ID: '100', NAME: 'rsync Backups' }, disks: ['0'] };
const CHAIN = { INCREMENTAL_BACKUP_ID: '-1', KEEP_LAST: '3', LAST_INCREMENT_ID: '-1', MODE: 'INCREMENT' };

/** A cloud with a virtual machine (image 0) that keeps increments, a backup of it (image 1), and what is added. */
const cloudWith = (t: TestContext, change: (state: State) => void = () => {}): Promise<TestCloud> =>
  quietCloud(t, (state, cloud) => {
    Object.assign(state.vms[0] ?? {}, { BACKUPS: { BACKUP_CONFIG: CHAIN, BACKUP_IDS: { ID: '1' } } });
    state.images.push(newImage(1, 'backup', { size: 42, since: 0, backup: BACKUP, vms: ['0'], source: '5de970' }));
    state.nextId.images = 2;
    Object.assign(state.datastores[1] ?? {}, { BASE_PATH: `${cloud.dir}/images`, TOTAL_MB: '1000', FREE_MB: '1000' });
    cloud.backupServer();
    cloud.file('server/100/0/5de970/disk.0.0', 'a disk');
    cloud.file('server/100/0/5de970/vm.xml', Buffer.from(recording('200-vm-show-before-x').stdout).toString('base64'));
    change(state);
  });

const image = (state: State, id: number): Tree | undefined => state.images.find((candidate) => int(candidate, 'ID') === id);
const isGone = (id: number) => (state: State) => image(state, id) === undefined;
const isIn = (id: number, number: string) => (state: State) => text(image(state, id) ?? {}, 'STATE') === number;

test('an image that is busy is kept', async (t) => {
  const cloud = await cloudWith(t, (state) => {
    state.images.push({ ...newImage(2, 'copying', { size: 1, since: 0 }), STATE: '4' });
    Object.assign(state.vms[0] ?? {}, { LCM_STATE: '69' });
  });
  const refusal = (reason: string) => refused(`[one.image.delete] ${reason}`);
  await cloud.says({
    'oneimage delete tiny': refusal('Cannot delete image. There are 1 VMs using it.'),
    'oneimage delete backup': refusal(
      'Cannot delete image. Active backup on the associated VM. Wait till it finish to delete the backup Image',
    ),
    'oneimage delete copying': refusal(
      'Image locked, use --force flag to remove the image. Force delete may leave some files on Datastore',
    ),
    'oneimage delete nope': refused('IMAGE named nope not found.'),
    'oneimage delete --force 2': OK,
  });
  await cloud.until(isGone(2));
});

test('a full backup of a running backup’s virtual machine can be deleted; --force needs no server', async (t) => {
  const cloud = await cloudWith(t, (state) =>
    Object.assign(state.vms[0] ?? {}, {
      LCM_STATE: '69',
      BACKUPS: { BACKUP_CONFIG: { LAST_DATASTORE_ID: '100' }, BACKUP_IDS: { ID: '1' } },
    }),
  );
  cloud.ssh('exit 255');
  await cloud.says({ 'oneimage delete 1': OK });
  await cloud.until(isIn(1, '5'));
  await cloud.says({ 'oneimage delete 1 --force': OK });
  await cloud.until(isGone(1));
  assert.deepEqual(cloud.read().vms[0]?.BACKUPS, { BACKUP_CONFIG: { LAST_DATASTORE_ID: '100' }, BACKUP_IDS: {} });
});

test('an image is DELETE while its files go, however long that takes, and nobody waits', async (t) => {
  const cloud = await cloudWith(t);
  cloud.ssh('cat > /dev/null; until [ -e "$HOME/go" ]; do sleep 0.02; done');
  await cloud.says({ 'oneimage delete 1': OK });
  assert.match((await cloud.run('oneimage show 1 -x')).stdout, /<STATE>7</);
  cloud.file('go', '');
  await cloud.until(isGone(1));
});

test('capacity is looked at after a restore and after a deletion', async (t) => {
  const cloud = await cloudWith(t, (state) => {
    state.settings.MONITORING_INTERVAL_DATASTORE = 3600;
  });
  // Once at the start, and then not for an hour.
  const looks = (name: string) => cloud.log.split(`Datastore ${name} successfully monitored.`).length - 1;
  const lookedAt = async (name: string, times: number) => {
    await cloud.until(() => looks(name) >= times);
    assert.equal(looks(name), times, name);
  };
  await lookedAt('rsync Backups (100)', 1);
  await lookedAt('default (1)', 1);
  await cloud.run('oneimage restore 1 -d 1');
  await cloud.until(isIn(2, '1'));
  await lookedAt('default (1)', 2);
  await cloud.run('oneimage delete 1');
  await lookedAt('rsync Backups (100)', 2);
  await cloud.run('oneimage delete 2');
  await lookedAt('default (1)', 3);
});

test('restore: what it refuses, and where it says so', async (t) => {
  const cloud = await cloudWith(t, (state) => void state.templates.push(newTemplate(1, 'taken', 0)));
  const said = (words: string) => ({ stdout: `[one.image.restore] ${words}\n`, stderr: '', exitCode: 255 });
  await cloud.says({
    'oneimage restore 1 -d 77': said('Error getting datastore [77].'),
    'oneimage restore 1 -d files': said('Destination can be only an image datastore'),
    'oneimage restore 1 -d nope': refused('DATASTORE named nope not found.\noption datastore: Parsing error'),
    'oneimage restore nope -d 1': refused('IMAGE named nope not found.'),
    'oneimage restore 1 -d 1 --increment x': refused('invalid argument: --increment x'),
    // What is not hers is not there.
    [`${AS_ALICE} oneimage restore 1 -d 1`]: OK,
    'oneimage restore 1 -d 1 --disk-id 5': OK,
    'oneimage restore 1 -d 1 --name "a;b"': said(
      "Error restoring disk image: [one.image.allocate] Error allocating a new image. Invalid NAME, char ';' is not allowed",
    ),
    'oneimage restore 1 -d 1 --name taken': said(
      'Error creating VM template: [one.template.allocate] NAME is already taken by TEMPLATE 1. The following images were restored: 2',
    ),
  });
  await cloud.edit((state) => Object.assign(state.datastores[1] ?? {}, { FREE_MB: '255' })); // for a disk of 256 MB
  await cloud.says({ 'oneimage restore 1 -d 1': said('Error restoring disk image: [one.image.allocate] Not enough space in datastore') });
});

test('a template is deleted with the images of its disks, by id and by name, where they can be', async (t) => {
  const cloud = await cloudWith(t, (state) => {
    state.images.push(newImage(2, 'by id', { size: 1, since: 0 }), newImage(3, 'by name', { size: 1, since: 0 }));
    const disks = [{ IMAGE_ID: '2' }, { IMAGE: 'by name' }, { IMAGE: 'tiny' }, { SIZE: '5', TYPE: 'fs' }];
    state.templates.push({ ...newTemplate(5, 'all', 0), TEMPLATE: { DISK: disks } });
  });
  await cloud.says({
    [`${AS_ALICE} onetemplate delete 5`]: refused('[one.template.delete] User [2] : Not authorized to perform MANAGE TEMPLATE [5].'),
    'onetemplate delete all -R': OK,
  });
  await cloud.until((state) => isGone(2)(state) && isGone(3)(state));
  const { templates, images } = cloud.read();
  const names = [templates, images].map((pool) => pool.map((object) => text(object, 'NAME')));
  assert.deepEqual(names, [['tiny'], ['tiny', 'backup']]);
  await cloud.says({ 'onetemplate delete 5': refused('[one.template.delete] Error getting virtual machine template [5].') });
  assert.match((await cloud.run('onetemplate show 0 -x')).stdout, /^<VMTEMPLATE>\n {2}<ID>0<\/ID>/);
});
