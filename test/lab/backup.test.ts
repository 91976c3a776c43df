/** Backups in a lab leave what they leave in a real cloud: files, images, states, and the logs of those that fail. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Lab } from '../../lab/machines/lab.ts';
import { all, ids, int, type Tree, text, trees } from '../../lab/opennebula/tree.ts';
import { breakFault, repairFault } from '../../lab/worlds/index.ts';
import { entries } from './vmlog.ts';

const FAILURES = join(import.meta.dirname, '../recordings/7.4.0/failures');
const STORAGE = '/var/lib/one/datastores/100';

let lab: Lab;
before(async () => {
  lab = await Lab.up();
});
after(() => lab.down());

const on = async (machine: string, script: string) => (await lab.shell(machine, ['bash', '-c', script])).stdout;
const one = (command: string) => lab.shell('frontend01', ['bash', '-c', command]);

async function vm(id: number): Promise<Tree> {
  return (await lab.openNebula()).vms[id] ?? {};
}

async function until<T>(what: string, look: () => Promise<T | undefined | false>): Promise<T> {
  for (let waited = 0; waited < 20_000; waited += 50) {
    const seen = await look();
    if (seen) return seen;
    await sleep(50);
  }
  throw new Error(`waited in vain: ${what}`);
}

const state = (tree: Tree) => `${text(tree, 'STATE')}/${text(tree, 'LCM_STATE')}`;
const logOf = (id: number) => on('frontend01', `cat /var/log/one/${id}.log 2> /dev/null`);
const files = (id: number) => on('backup01', `cd ${STORAGE}/${id} && find . -type f | sort`);

/** Makes a backup and waits for its end; what the log has more. */
async function backUp(id: number, options = ''): Promise<string> {
  const old = (await logOf(id)).length;
  const { exitCode, stdout, stderr } = await one(`onevm backup -d 100 ${options} ${id}`);
  assert.deepEqual({ exitCode, stderr }, { exitCode: 0, stderr: '' }, stdout);
  return until('the end of the backup', async () => {
    const added = (await logOf(id)).slice(old);
    const flattening = text(await vm(id), 'BACKUPS/BACKUP_CONFIG/ACTIVE_FLATTEN') === 'YES';
    return !flattening && /New (LCM state is RUNNING|state is POWEROFF)\n/.test(added) && added;
  });
}

/** Changes what OpenNebula knows of virtual machine 0. */
async function edit(change: (vm: Tree) => void): Promise<void> {
  await lab.stop('frontend01', 'oned');
  const cloud = await lab.openNebula();
  change(cloud.vms[0] ?? {});
  await lab.setOpenNebula(cloud);
  await lab.start('frontend01', 'oned');
}

/** The image that has the increments of a virtual machine. */
async function chainOf(id: number): Promise<Tree> {
  const { images, vms } = await lab.openNebula();
  const chain = text(vms[id] ?? {}, 'BACKUPS/BACKUP_CONFIG/INCREMENTAL_BACKUP_ID');
  return images.find((image) => text(image, 'ID') === chain) ?? {};
}

async function newest(): Promise<Tree> {
  return (await lab.openNebula()).images.at(-1) ?? {};
}

describe('a backup that succeeds', () => {
  it('is an image, an id with its virtual machine and its datastore, and files on the server', async () => {
    const log = await backUp(0, '--schedule now');
    assert.deepEqual(entries(log), entries(readFileSync(join(FAILURES, 'host-own-key-agent-stopped/vm.log'), 'utf8')));
    const image = await newest();
    const { TYPE, STATE, FORMAT, SIZE, DATASTORE_ID, VMS } = image;
    assert.deepEqual(
      { TYPE, STATE, FORMAT, SIZE, DATASTORE_ID, VMS },
      { TYPE: '6', STATE: '1', FORMAT: 'raw', SIZE: '42', DATASTORE_ID: '100', VMS: { ID: '0' } },
    );
    assert.match(text(image, 'NAME'), /^0 \d\d-[A-Z][a-z][a-z] \d\d\.\d\d\.\d\d$/);
    const source = text(image, 'SOURCE');
    assert.match(source, /^[0-9a-f]{6}$/);
    assert.equal(await files(0), `./${source}/disk.0.0\n./${source}/vm.xml\n`);
    const machine = await vm(0);
    assert.deepEqual(machine.BACKUPS, { BACKUP_CONFIG: {}, BACKUP_IDS: { ID: text(image, 'ID') } });
    assert.deepEqual(ids((await lab.openNebula()).datastores[3] ?? {}, 'IMAGES'), [text(image, 'ID')]);
    assert.ok(int(machine, 'TEMPLATE/SCHED_ACTION/DONE') > 0);
    assert.deepEqual(all(machine, 'HISTORY_RECORDS/HISTORY/ACTION'), ['50', '0']);
    const xml = await on('backup01', `awk 'length > 60 { exit 1 }' ${STORAGE}/0/*/vm.xml && base64 -d ${STORAGE}/0/*/vm.xml`);
    assert.match(xml, /^<VM><ID>0<\/ID>.*<LCM_STATE>69<\/LCM_STATE>.*<LAST_DATASTORE_ID><!\[CDATA\[100\]\]>.*<\/VM>$/);
    assert.equal(await on('kvm01', 'ls datastores/0/0'), 'disk.0\n');
  });

  it('of a virtual machine that is powered off leaves it powered off', async () => {
    await edit((machine) => Object.assign(machine, { STATE: '8', LCM_STATE: '0' }));
    const log = await backUp(0);
    assert.match(log, /New LCM state is BACKUP_POWEROFF\n.*operation: prebackup\.\n.*operation: postbackup\.\n/s);
    assert.equal(state(await vm(0)), '8/0');
    assert.equal(text(await newest(), 'SIZE'), '42');
    await edit((machine) => Object.assign(machine, { STATE: '3', LCM_STATE: '3' }));
  });

  it('is an increment where increments are kept, and those too many are flattened', async () => {
    const increments = async () =>
      trees(await newest(), 'BACKUP_INCREMENTS/INCREMENT').map(
        (one) => `${text(one, 'ID')} ${text(one, 'PARENT_ID')} ${text(one, 'TYPE')}`,
      );
    for (const expected of [['0 -1 FULL'], ['0 -1 FULL', '1 0 INCREMENT'], ['0 -1 FULL', '1 0 INCREMENT', '2 1 INCREMENT']]) {
      await backUp(1);
      assert.deepEqual(await increments(), expected);
    }
    const first = text(await newest(), 'SOURCE');
    assert.match(
      await on('backup01', `qemu-img info ${STORAGE}/1/*/disk.0.1`),
      /backing file: nbd\+unix:\/\/\/vda\?socket=\/var\/lib\/one\/\/datastores\/0\/1\/backup\.socket\nbacking file format: raw/,
    );
    await backUp(1);
    assert.deepEqual(await increments(), ['1 -1 FULL', '2 1 INCREMENT', '3 2 INCREMENT']);
    const image = await newest();
    assert.equal(text(image, 'SOURCE'), first);
    assert.equal(text(image, 'STATE'), '1');
    assert.doesNotMatch(await files(1), new RegExp(first));
    const sizes = trees(image, 'BACKUP_INCREMENTS/INCREMENT').map((one) => int(one, 'SIZE'));
    assert.equal(
      int(image, 'SIZE'),
      sizes.reduce((a, b) => a + b),
    );
    // The chain, put together, is the disk.
    const chain = [1, 2, 3].map((n) => `${STORAGE}/1/*/disk.0.${n}`).join(' ');
    const disk = await lab.shell('kvm02', ['sh', '-c', 'base64 datastores/0/1/disk.0']);
    const compare = `base64 -d > /tmp/disk; cd /tmp && cp ${chain} . && qemu-img rebase -u -F qcow2 -b disk.0.1 disk.0.2 &&
      qemu-img rebase -u -F qcow2 -b disk.0.2 disk.0.3 && qemu-img compare disk.0.3 disk; rm /tmp/disk*`;
    assert.match((await lab.shell('backup01', ['bash', '-c', compare], { input: disk.stdout })).stdout, /Images are identical/);
    assert.equal(await on('kvm02', 'ls datastores/0/1'), 'disk.0\n');
  });

  it('begins a new chain when it is told to', async () => {
    const before = text(await newest(), 'ID');
    await backUp(1, '--reset');
    const image = await newest();
    assert.notEqual(text(image, 'ID'), before);
    assert.equal(text(await vm(1), 'BACKUPS/BACKUP_CONFIG/INCREMENTAL_BACKUP_ID'), text(image, 'ID'));
    assert.deepEqual(all(image, 'BACKUP_INCREMENTS/INCREMENT/TYPE'), ['FULL']);
  });
});

describe('a backup in a broken world ends as one did in a real cloud:', () => {
  const AS_RECORDED = [
    ...['agent-empty', 'agent-stopped', 'authkeys-missing-on-backup', 'dir-not-writable', 'disk-full', 'dsparent-not-writable'],
    ...['host-no-sshconfig-unknown-key', 'host-own-key-agent-stopped', 'host-sshd-down', 'noisy-bashrc-on-backup'],
    ...['qemuimg-missing-on-host', 'rsync-missing-on-backup', 'rsync-missing-on-host', 'sshd-down'],
  ];
  for (const world of AS_RECORDED) {
    it(world, async () => {
      // It was recorded with a new datastore, whose folder is not there yet.
      const isNew = world === 'dsparent-not-writable';
      if (isNew) await on('backup01', `mv ${STORAGE} ${STORAGE}.off && mv ${STORAGE}.off /var/lib/one/`);
      await breakFault(lab, world);
      const images = (await lab.openNebula()).images.length;
      const recorded = readFileSync(join(FAILURES, world, 'vm.log'), 'utf8');
      const log = await backUp(0).finally(async () => {
        await repairFault(lab, world);
        if (isNew) await on('backup01', `mv /var/lib/one/100.off ${STORAGE}`);
      });
      assert.deepEqual(entries(log), entries(recorded));
      const message = /\[VMM\]\[E\]: (BACKUP: .*)/.exec(log)?.[1];
      assert.equal((await lab.openNebula()).images.length, message ? images : images + 1);
      if (message)
        assert.match(
          text(await vm(0), 'USER_TEMPLATE/ERROR'),
          /^\w{3} \w{3} +\d+ [\d:]{8} \d{4}: BACKUP: .{92}\.\.\. see more details in VM log$/,
        );
      assert.equal(state(await vm(0)), '3/3');
    });
  }

  it('agent-stopped, of an increment', async () => {
    await breakFault(lab, 'agent-stopped');
    const log = await backUp(1).finally(() => repairFault(lab, 'agent-stopped'));
    assert.deepEqual(entries(log), entries(readFileSync(join(FAILURES, 'agent-stopped-incr-vm1/vm.log'), 'utf8')));
  });

  it('nbdinfo-missing-on-host: a full backup does not need it, an increment does', async () => {
    await breakFault(lab, 'nbdinfo-missing-on-host');
    try {
      assert.match(await backUp(0), /VM backup successfully created/);
      const INCREMENTAL_BACKUP_ID = text(await newest(), 'ID');
      const chain = { INCREMENTAL_BACKUP_ID, KEEP_LAST: '3', LAST_INCREMENT_ID: '0', MODE: 'INCREMENT' };
      await edit((machine) => Object.assign(machine.BACKUPS as Tree, { BACKUP_CONFIG: chain }));
      assert.match(await backUp(0), /Error preparing disk files: No such file or directory - nbdinfo\n/);
    } finally {
      await edit((machine) => Object.assign(machine.BACKUPS as Tree, { BACKUP_CONFIG: {} }));
      await repairFault(lab, 'nbdinfo-missing-on-host');
    }
  });

  it('jq-missing-on-backup: the chain is lost, and only the image’s error tells', async () => {
    while (trees(await chainOf(1), 'BACKUP_INCREMENTS/INCREMENT').length < 3) await backUp(1);
    await breakFault(lab, 'jq-missing-on-backup');
    const log = await backUp(1).finally(() => repairFault(lab, 'jq-missing-on-backup'));
    assert.deepEqual(entries(log), entries(readFileSync(join(FAILURES, 'jq-missing-on-backup-flatten/vm.log'), 'utf8')));
    const image = await chainOf(1);
    assert.equal(text(image, 'STATE'), '1');
    assert.match(
      text(image, 'TEMPLATE/ERROR'),
      /^\w.* : Error flattening backup increments: Command failed:export LANG=C.*failglobqemu-img commit .*RC=`\(qemu-img info --output json '.*';\)`SIZE=.*echo "\$SIZE"\/var\/lib\/one\/remotes\/datastore\/rsync\/increment_flatten:171:in `<main>': Unable to flatten increments: bash: line 11: jq: command not found \(StandardError\)$/,
    );
    const [first, second] = trees(image, 'BACKUP_INCREMENTS/INCREMENT').map((increment) => text(increment, 'SOURCE'));
    assert.doesNotMatch(await files(1), new RegExp(`${first}/disk`));
    assert.match(await files(1), new RegExp(`${second}/disk`));
  });

  it('server-frozen: it lasts, and cancelling it lasts as long', async () => {
    await breakFault(lab, 'server-frozen');
    const old = (await logOf(0)).length;
    assert.equal((await one('onevm backup -d 100 0')).exitCode, 0);
    await until('the transfer', async () => (await logOf(0)).slice(old).includes('prebackup_live'));
    assert.deepEqual(await one('onevm backup-cancel 0'), { exitCode: 0, stdout: '', stderr: '' });
    await sleep(1000);
    assert.equal(state(await vm(0)), '3/69');
    await repairFault(lab, 'server-frozen');
    await until('the end', async () => state(await vm(0)) === '3/3');
    assert.match(text(await vm(0), 'USER_TEMPLATE/ERROR'), /^\w[^B]*: BACKUP: Backup cancelled: [0-9a-f]{6}$/);
    assert.match((await one('onevm backup-cancel 0')).stderr, /Could not cancel backup for VM 0, no backup in progress/);
  });
});

describe('oned', () => {
  it('takes back what a killed one left', async () => {
    await breakFault(lab, 'server-frozen');
    assert.equal((await one('onevm backup -d 100 0')).exitCode, 0);
    await until('the backup', async () => state(await vm(0)) === '3/69');
    await lab.stop('frontend01', 'oned');
    await repairFault(lab, 'server-frozen');
    await lab.start('frontend01', 'oned');
    await until('the end', async () => state(await vm(0)) === '3/3');
    assert.match(await logOf(0), /BACKUP: oned was restarted during the backup\n/);
  });

  it('tries a rejected action again and again, before all others', async () => {
    assert.equal((await one('onevm backup --schedule now -d 1 0 && onevm backup --schedule now -d 100 0')).exitCode, 0);
    const actions = async () => trees(await vm(0), 'TEMPLATE/SCHED_ACTION').slice(-2);
    const messages = async () => (await actions()).map((action) => text(action, 'MESSAGE'));
    const [first] = await until('a rejection', async () => ((await messages())[0] ?? '') !== '' && messages());
    assert.match(first ?? '', /^\w{3} \w{3} +\d+ [\d:]{8} \d{4} : \[backup\] Datastore needs to be of type BACKUP$/);
    await until('another', async () => (await messages())[0] !== first);
    const [rejected, waiting] = await actions();
    assert.deepEqual([text(rejected ?? {}, 'DONE'), text(waiting ?? {}, 'DONE')], ['-1', '-1']);
    assert.equal((await one(`onevm sched-delete 0 ${text(rejected ?? {}, 'ID')}`)).exitCode, 0);
    await until('the one behind it', async () => text((await actions()).at(-1) ?? {}, 'DONE') !== '-1');
  });
});

describe('a lab without the backup datastore', () => {
  it('has its id free', async () => {
    const empty = await Lab.up({ datastore: false });
    try {
      const template =
        'NAME = "rsync Backups"\nTYPE = "BACKUP_DS"\nDS_MAD = "rsync"\nTM_MAD = "-"\nRSYNC_USER = "oneadmin"\nRSYNC_HOST = "backup01.example.net"\n';
      const made = await empty.shell('frontend01', ['onedatastore', 'create'], { input: template });
      assert.equal(made.stdout, 'ID: 100\n');
      await empty.capacityKnown();
    } finally {
      await empty.down();
    }
  });
});
