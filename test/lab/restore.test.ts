/** Backups in a real lab, restored and deleted: what counts is what is in the files. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Lab } from '../../lab/machines/lab.ts';
import { newImage, type State } from '../../lab/opennebula/state.ts';
import { find, idList, ids, int, type Tree, text, trees } from '../../lab/opennebula/tree.ts';
import { renderXml } from '../../lab/opennebula/xml.ts';

const STORE = '/var/lib/one/datastores/100';

/** A full backup, 16 MB with a pattern, and a chain of three increments, as hypervisors leave them on the server. */
const BACKUPS = `set -e
  for step in 0/aaaaaa 1/b00000 1/b00001 1/b00002; do mkdir -p ${STORE}/$step && echo "$VM" > ${STORE}/$step/vm.xml; done
  cd ${STORE}
  qemu-img create -q -f qcow2 0/aaaaaa/disk.0.0 16M
  qemu-io -c 'write -q -P 1 0 4M' 0/aaaaaa/disk.0.0
  cp 0/aaaaaa/disk.0.0 1/b00000/disk.0.0
  for n in 1 2; do
    qemu-img create -q -f qcow2 1/b0000$n/disk.0.$n 16M
    qemu-io -c "write -q -P $((n + 1)) $((n * 2))M 1M" 1/b0000$n/disk.0.$n
    qemu-img rebase -u -F raw -b 'nbd+unix:///vda?socket=/var/lib/one//datastores/0/1/backup.socket' 1/b0000$n/disk.0.$n
  done`;
/** What the VM's disk held at each increment. */
const DISK = (increment: number) => `set -e
  qemu-img create -q -f qcow2 /tmp/expected 16M
  qemu-io -c 'write -q -P 1 0 4M' /tmp/expected
  for n in $(seq ${increment}); do qemu-io -c "write -q -P $((n + 1)) $((n * 2))M 1M" /tmp/expected; done`;

const BACKUP = { datastore: { ID: '100', NAME: 'rsync Backups' }, disks: ['0'] };
const backup = (id: number, vm: number, source: string, increments: string[]): Tree => ({
  ...newImage(id, `backup of ${vm}`, { size: 5, since: 0, backup: BACKUP, vms: [String(vm)], source }),
  BACKUP_INCREMENTS: {
    INCREMENT: increments.map((directory, step) => ({
      DATE: '0',
      ID: String(step),
      PARENT_ID: String(step - 1),
      SIZE: '5',
      SOURCE: directory,
      TYPE: step === 0 ? 'FULL' : 'INCREMENT',
    })),
  },
});

function withBackups(state: State): State {
  state.images.push(backup(1, 0, 'aaaaaa', []), backup(2, 1, 'b00000', ['b00000', 'b00001', 'b00002']), backup(3, 0, 'cccccc', []));
  state.nextId.images = 4;
  Object.assign(state.datastores[3] ?? {}, { IMAGES: idList(['1', '2', '3']) });
  const [full, chain] = state.vms;
  Object.assign(trees(full ?? {}, 'BACKUPS')[0] ?? {}, { BACKUP_IDS: idList(['1', '3']) });
  Object.assign(trees(chain ?? {}, 'BACKUPS')[0] ?? {}, { BACKUP_IDS: idList(['2']) });
  Object.assign(trees(chain ?? {}, 'BACKUPS/BACKUP_CONFIG')[0] ?? {}, { INCREMENTAL_BACKUP_ID: '2', LAST_INCREMENT_ID: '2' });
  return state;
}

describe('backups in a lab', () => {
  let lab: Lab;
  /** The images of the lab itself in its image datastore, and their files. */
  let own: string[];
  let files: string;
  const on = async (machine: string, script: string) => {
    const { stdout, stderr, exitCode } = await lab.shell(machine, ['bash', '-c', script]);
    assert.equal(exitCode, 0, `${script}: ${stdout}${stderr}`);
    return stdout;
  };
  const one = (command: string) => on('frontend01', command);
  const image = async (id: number) => (await lab.openNebula()).images.find((candidate) => int(candidate, 'ID') === id);
  const datastore = async (id: number) => (await lab.openNebula()).datastores.find((candidate) => int(candidate, 'ID') === id) ?? {};

  /** The image, or nothing, once it is as wanted. */
  async function until(id: number, state: string | undefined): Promise<Tree> {
    for (let waited = 0; waited < 10_000; waited += 50) {
      const found = await image(id);
      if (find(found ?? {}, 'STATE') === state) return found ?? {};
      await sleep(50);
    }
    throw new Error(`image ${id} is not ${state ?? 'gone'}: ${JSON.stringify(await image(id))}`);
  }

  /** Whether a restored image holds what the VM's disk held at an increment. */
  async function assertHolds(restored: Tree, increment: number): Promise<void> {
    await one(DISK(increment));
    assert.equal(await one(`qemu-img compare /tmp/expected ${text(restored, 'SOURCE')}`), 'Images are identical.\n');
  }

  before(async () => {
    lab = await Lab.up();
    const vm = (await lab.openNebula()).vms[0] ?? {};
    const described = Buffer.from(
      renderXml('VM', { ...vm, TEMPLATE: { ...trees(vm, 'TEMPLATE')[0], DISK: { ...trees(vm, 'TEMPLATE/DISK')[0], SIZE: '16' } } }),
    );
    await on('backup01', `VM='${described.toString('base64')}'\n${BACKUPS}`);
    await lab.stop('frontend01', 'oned');
    await lab.setOpenNebula(withBackups(await lab.openNebula()));
    await lab.start('frontend01', 'oned');
    await lab.capacityKnown();
    own = ids(await datastore(1), 'IMAGES');
    files = await one('ls /var/lib/one/datastores/1');
  });
  after(() => lab.down());

  it('restores a full backup: a template at once, the disk a moment later', async () => {
    assert.equal(await one('oneimage restore 1 -d default'), 'VM Template: 1\nImages: 4\n');
    const restored = await until(4, '1');
    assert.partialDeepStrictEqual(restored, {
      NAME: '0-aaaaaa-disk-0',
      PATH: `rsync://100//0:aaaaaa${STORE}/0/aaaaaa/disk.0.0`,
      FORMAT: 'qcow2',
      SIZE: '16',
      TEMPLATE: { DEV_PREFIX: 'sd', FROM_BACKUP_DS: '100' },
    });
    assert.match(text(restored, 'SOURCE'), /^\/var\/lib\/one\/\/datastores\/1\/[0-9a-f]{32}$/);
    await assertHolds(restored, 0);
    const { templates } = await lab.openNebula();
    assert.deepEqual(templates.find(({ NAME }) => NAME === '0-aaaaaa')?.TEMPLATE, {
      CPU: '0.1',
      DISK: { DEV_PREFIX: 'vd', IMAGE_ID: '4', PERSISTENT_SNAPSHOTS: 'YES' },
      GRAPHICS: { LISTEN: '127.0.0.1', TYPE: 'VNC' },
      MEMORY: '64',
      OS: { MACHINE: 'q35' },
      SCHED_REQUIREMENTS: 'ID=0',
      VCPU: '1',
    });
    assert.deepEqual(ids(await datastore(1), 'IMAGES'), [...own, '4']);
  });

  it('restores the last increment, and any other', async () => {
    assert.equal(await one('oneimage restore 2 -d default'), 'VM Template: 2\nImages: 5\n');
    const last = await until(5, '1');
    assert.equal(text(last, 'PATH'), `rsync://100//0:b00000,1:b00001,2:b00002${STORE}/1/b00002/disk.0.2`);
    await assertHolds(last, 2);
    assert.equal(await one('oneimage restore 2 -d 1 --increment 1 --name second --disk-id 0'), 'Images: 6\n');
    await assertHolds(await until(6, '1'), 1);
    assert.equal(await one('oneimage restore 2 -d 1 --increment 0 --name first'), 'VM Template: 3\nImages: 7\n');
    await assertHolds(await until(7, '1'), 0);
    assert.equal(await on('backup01', 'ls /var/tmp'), '', 'nothing is left of the putting together');
  });

  it('says why a chain cannot be restored', async () => {
    await on('backup01', `mv ${STORE}/1/b00000/disk.0.0 ${STORE}/`);
    assert.equal(await one('oneimage restore 2 -d default --name broken'), 'VM Template: 4\nImages: 8\n');
    const failed = await until(8, '5');
    const uuid = /tmp\/([0-9a-f-]{36})/.exec(text(failed, 'TEMPLATE/ERROR'))?.[1];
    const file = (n: number) => `'${STORE}/1/b0000${n}/disk.0.${n}'`;
    assert.equal(text(failed, 'SOURCE'), '');
    assert.match(
      text(failed, 'TEMPLATE/ERROR'),
      /^\w{3} \w{3} [ \d]\d [\d:]{8} \d{4} : Error copying image in the datastore: export LANG=C/,
    );
    for (const part of [
      `Cexport LC_ALL=Cexport PATH=$PATH:/usr/sbin:/sbinset -e -o pipefail; shopt -qs failglobqemu-img rebase -u -F qcow2 -b ${file(0)} ${file(1)}`,
      `qemu-img rebase -u -F qcow2 -b ${file(1)} ${file(2)}mkdir -p '/var/tmp/${uuid}/'qemu-img convert -O qcow2 ${file(2)} '/var/tmp/${uuid}/disk.0.2'/var/`,
      `rsync_downloader.rb:150:in \`<main>': Unable to prepare image: qemu-img: Could not open ${file(2)}: Could not open backing file: `,
      `No such file or directory (StandardError)Error copying ${text(failed, 'PATH')} to /var/lib/one//datastores/1/`,
    ]) {
      assert.ok(text(failed, 'TEMPLATE/ERROR').includes(part), `${part}\nis not in\n${text(failed, 'TEMPLATE/ERROR')}`);
    }
    await one('oneimage delete broken-disk-0');
    assert.equal(await image(8), undefined, 'what has no file is gone at once');
    await on('backup01', `mv ${STORE}/disk.0.0 ${STORE}/1/b00000/`);
  });

  it('says why it cannot put a chain together where RSYNC_TMP_DIR cannot be made; a full backup needs none', async () => {
    const saved = 'DS_MAD=rsync RSYNC_USER=oneadmin RSYNC_HOST=backup01.example.net';
    const save = (more: string) => one(`printf '%s\\n' ${saved} ${more} > /tmp/t; onedatastore update 100 /tmp/t`);
    await save('RSYNC_TMP_DIR=/nowhere/tmp');
    const id = async (command: string) => Number(/Images: (\d+)/.exec(await one(command))?.[1]);
    const chain = await until(await id('oneimage restore 2 -d default --name nowhere'), '5');
    assert.match(text(chain, 'TEMPLATE/ERROR'), /Unable to prepare image: mkdir: cannot create directory '\/nowhere': Permission denied/);
    const full = await until(await id('oneimage restore 1 -d default --name whole'), '1');
    await save('');
    await one('onetemplate delete nowhere,whole; oneimage delete nowhere-disk-0,whole-disk-0');
    for (const image of [chain, full]) await until(int(image, 'ID'), undefined);
  });

  it('says that a backup has no files', async () => {
    const { stdout, stderr, exitCode } = await lab.shell('frontend01', ['oneimage', 'restore', '3', '-d', 'default']);
    assert.match(
      stdout,
      /^\[one\.image\.restore\] Command failed:export .*find: '\/var\/lib\/one\/datastores\/100\/0\/cccccc': No such file or directory \(StandardError\)\n$/,
    );
    assert.deepEqual([stderr, exitCode], ['', 255]);
  });

  it('keeps an image and says so when the backup server is down, and deletes it later', async () => {
    await lab.stop('backup01', 'sshd');
    assert.equal(await one('oneimage delete 1'), '');
    const kept = await until(1, '5');
    assert.match(
      text(kept, 'TEMPLATE/ERROR'),
      / : Error removing image from datastore\. Retry the operation or manually remove image source {2}and run /,
    );
    const { stdout, exitCode } = await lab.shell('frontend01', ['oneimage', 'restore', '2', '-d', 'default', '--name', 'r_down']);
    assert.match(
      stdout,
      /^\[one\.image\.restore\] Command failed:.*rsync\/restore:102:in `<main>': Unable to list backup files: ssh: connect to host backup01\.example\.net port 22: Connection refused\n \(StandardError\)\n$/,
    );
    assert.equal(exitCode, 255);
    await lab.start('backup01', 'sshd');
    await one('oneimage delete 1');
    await until(1, undefined);
    assert.equal(await on('backup01', `ls ${STORE}/0`), '', 'its directory is gone, that of the VM is not');
    const { vms } = await lab.openNebula();
    assert.deepEqual(ids(vms[0] ?? {}, 'BACKUPS/BACKUP_IDS'), ['3']);
    assert.deepEqual(ids(await datastore(100), 'IMAGES'), ['2', '3']);
  });

  it('deletes a chain with all of its increments, and knows that it is gone', async () => {
    await one('oneimage delete 2');
    await until(2, undefined);
    assert.equal(await on('backup01', `ls ${STORE}/1`), '');
    const { vms } = await lab.openNebula();
    assert.partialDeepStrictEqual(trees(vms[1] ?? {}, 'BACKUPS')[0], {
      BACKUP_CONFIG: { INCREMENTAL_BACKUP_ID: '-1', LAST_INCREMENT_ID: '-1' },
      BACKUP_IDS: {},
    });
  });

  it('deletes what was restored: a template with its image, an image in use not', async () => {
    const file = text((await image(5)) ?? {}, 'SOURCE');
    await one(`test -f ${file} && onetemplate delete 2 --recursive`);
    await until(5, undefined);
    assert.equal((await lab.shell('frontend01', ['test', '-e', file])).exitCode, 1);
    assert.doesNotMatch(await one('onetemplate list -x'), /b00002/);
    await one('onetemplate delete 1,3,4');
    await one('oneimage delete 4,6..7');
    for (const id of [4, 6, 7]) await until(id, undefined);
    assert.equal(await one('ls /var/lib/one/datastores/1'), files);
    assert.deepEqual(ids(await datastore(1), 'IMAGES'), own);
    const used = await lab.shell('frontend01', ['oneimage', 'delete', '0,99']);
    assert.deepEqual(used, {
      exitCode: 255,
      stdout: '',
      stderr: '[one.image.delete] Cannot delete image. There are 2 VMs using it.\n[one.image.delete] Error getting image [99].\n',
    });
  });

  it('empties a datastore before it can be deleted', async () => {
    const { stderr } = await lab.shell('frontend01', ['onedatastore', 'delete', '100']);
    assert.equal(stderr, '[one.datastore.delete] Cannot delete datastore. Datastore 100 is not empty.\n');
    await one('oneimage delete 3'); // its files have never been there
    await until(3, undefined);
    await one('onedatastore delete "rsync Backups"');
    assert.equal(await on('backup01', `ls ${STORE}`), '0\n1\n', 'what was on the server stays there');
  });
});
