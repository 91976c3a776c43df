/** The guide can be followed by hand in a lab, and its backups leave what they leave in a real cloud: files, images, states, and the logs of those that fail. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { breakFault, repairFault } from '../../lab/faults/index.ts';
import { STATE_FILE } from '../../lab/machines/cloud.ts';
import { Lab } from '../../lab/machines/lab.ts';
import { all, ids, int, type Tree, text, trees } from '../../lab/opennebula/tree.ts';
import { entries } from './vmlog.ts';

const recorded = (failure: string) =>
  entries(readFileSync(join(import.meta.dirname, '../recordings/7.4.0/failures', failure, 'vm.log'), 'utf8'));
const STORAGE = '/var/lib/one/datastores/100';

let lab: Lab;
before(async () => {
  lab = await Lab.up({ datastore: false });
});
after(() => lab.down());

const on = async (machine: string, script: string) => (await lab.shell(machine, ['bash', '-c', script])).stdout;
const one = (command: string) => lab.shell('frontend01', ['bash', '-c', command]);

/** What a person types on the front-end, and sees. */
async function type(command: string, input?: string): Promise<string> {
  const { exitCode, stdout, stderr } = await lab.shell('frontend01', ['bash', '-c', command], input === undefined ? {} : { input });
  assert.deepEqual([exitCode, stderr.replace(/^Warning: Permanently added .*/gm, '').trim()], [0, ''], command);
  return stdout;
}

const vm = async (id: number): Promise<Tree> => (await lab.openNebula()).vms[id] ?? {};
const newest = async (): Promise<Tree> => (await lab.openNebula()).images.at(-1) ?? {};

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

/** Begins a backup and waits for its end, what is over of its chain flattened; what the log has more. */
async function backUp(id: number, options = ''): Promise<string> {
  const script = `set -e; log=/var/log/one/${id}.log; touch $log; old=$(stat -c %s $log); onevm backup -d 100 ${options} ${id} >&2
    for waited in {1..500}; do
      tail -c +$((old + 1)) $log | grep -qE 'New (LCM state is RUNNING|state is POWEROFF)$' && ! grep -q '"ACTIVE_FLATTEN": "YES"' ${STATE_FILE} && break
      sleep 0.04
    done
    exec tail -c +$((old + 1)) $log`;
  const { exitCode, stdout, stderr } = await one(script);
  assert.equal(exitCode, 0, stderr);
  assert.match(stdout, /New (LCM state is RUNNING|state is POWEROFF)\n/, 'it has ended');
  return stdout;
}

/** The same while something is broken. */
async function backUpWith(fault: string, id: number): Promise<string> {
  await breakFault(lab, fault);
  return backUp(id).finally(() => repairFault(lab, fault));
}

const config = (words: string) => type(`echo 'BACKUP_CONFIG = [ ${words} ]' | onevm updateconf 0`);

/** The image that has the increments of virtual machine 1, and those increments. */
async function chain(): Promise<{ image: Tree; increments: Tree[] }> {
  const { images, vms } = await lab.openNebula();
  const id = text(vms[1] ?? {}, 'BACKUPS/BACKUP_CONFIG/INCREMENTAL_BACKUP_ID');
  const image = images.find((candidate) => text(candidate, 'ID') === id) ?? {};
  return { image, increments: trees(image, 'BACKUP_INCREMENTS/INCREMENT') };
}

const TEMPLATE = `NAME = "rsync Backups"
TYPE = "BACKUP_DS"

DS_MAD = "rsync"
TM_MAD = "-"

RSYNC_USER = "oneadmin"
RSYNC_HOST = "backup01.example.net"
`;

describe('the guide, typed by hand in a lab that has no backup datastore yet', () => {
  it('steps 1 to 4: the backup server is reached and has what it needs', async () => {
    assert.equal(await type('ssh oneadmin@backup01.example.net hostname'), 'backup01.example.net\n');
    assert.match(
      await type('ssh oneadmin@backup01.example.net "ls -ld /var/lib/one/datastores"'),
      /^drwxrwxr-x \d+ oneadmin oneadmin .* \/var\/lib\/one\/datastores$/m,
    );
    assert.match(await type('ssh oneadmin@backup01.example.net "rsync --version"'), /^rsync {2}version \d/);
    assert.match(await type('ssh oneadmin@backup01.example.net "qemu-img --version"'), /^qemu-img version \d/);
  });

  it('steps 5 to 9: the datastore is created from its template, listed as one for backups, and its template is saved', async () => {
    await type('cat > ds_rsync_backup.txt', TEMPLATE);
    assert.equal(await type('onedatastore create ds_rsync_backup.txt'), 'ID: 100\n');
    await lab.capacityKnown();
    assert.match(await type('onedatastore list'), /^ 100 rsync Back +\d+(\.\d)?M +100 0 +0 bck {2}rsync {3}- {7}on$/m);
    const shown = await type('onedatastore show 100');
    assert.match(shown, /^TYPE +: BACKUP *$/m);
    assert.match(shown, /^RSYNC_HOST="backup01\.example\.net"\nRSYNC_USER="oneadmin"$/m);
  });

  it('step 10: a small test backup is scheduled, and made', async () => {
    const said = await type('onevm backup --schedule now -d 100 0');
    assert.match(said, /^VM 0: backup scheduled at \d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d{4}\n$/);
    await until('a backup image', async () => /<TYPE>6<.*<STATE>1</s.test(await type('oneimage list -x')));
    await until('the end of the backup', async () => state(await vm(0)) === '3/3');
  });
});

describe('a backup that succeeds', () => {
  it('is an image, an id with its virtual machine and its datastore, and files on the server', async () => {
    assert.deepEqual(entries(await logOf(0)), recorded('host-own-key-agent-stopped'));
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
    await type('onevm poweroff 0');
    const log = await backUp(0);
    assert.match(log, /New LCM state is BACKUP_POWEROFF\n.*operation: prebackup\.\n.*operation: postbackup\.\n/s);
    assert.equal(state(await vm(0)), '8/0');
    assert.equal(text(await newest(), 'SIZE'), '42');
    await type('onevm resume 0');
  });

  it('is an increment where increments are kept, and those too many are flattened', async () => {
    const told = async () =>
      (await chain()).increments.map((each) => `${text(each, 'ID')} ${text(each, 'PARENT_ID')} ${text(each, 'TYPE')}`);
    const begun = ['0 -1 FULL', '1 0 INCREMENT', '2 1 INCREMENT'];
    for (const length of [1, 2, 3]) {
      await backUp(1);
      assert.deepEqual(await told(), begun.slice(0, length));
    }
    const first = text(await newest(), 'SOURCE');
    assert.match(
      await on('backup01', `qemu-img info ${STORAGE}/1/*/disk.0.1`),
      /backing file: nbd\+unix:\/\/\/vda\?socket=\/var\/lib\/one\/\/datastores\/0\/1\/backup\.socket\nbacking file format: raw/,
    );
    await backUp(1);
    assert.deepEqual(await told(), ['1 -1 FULL', '2 1 INCREMENT', '3 2 INCREMENT']);
    const { image, increments } = await chain();
    assert.deepEqual([text(image, 'SOURCE'), text(image, 'STATE')], [first, '1']);
    assert.doesNotMatch(await files(1), new RegExp(first));
    const sum = increments.reduce((total, increment) => total + int(increment, 'SIZE'), 0);
    assert.equal(int(image, 'SIZE'), sum);
    // The chain, put together, is the disk.
    const disks = [1, 2, 3].map((n) => `${STORAGE}/1/*/disk.0.${n}`).join(' ');
    const disk = await lab.shell('kvm02', ['sh', '-c', 'base64 datastores/0/1/disk.0']);
    const compare = `base64 -d > /tmp/disk; cd /tmp && cp ${disks} . && qemu-img rebase -u -F qcow2 -b disk.0.1 disk.0.2 &&
      qemu-img rebase -u -F qcow2 -b disk.0.2 disk.0.3 && qemu-img compare disk.0.3 disk; rm /tmp/disk*`;
    assert.match((await lab.shell('backup01', ['bash', '-c', compare], { input: disk.stdout })).stdout, /Images are identical/);
    assert.equal(await on('kvm02', 'ls datastores/0/1'), 'disk.0\n');
  });

  it('without jq on the server the chain is lost, and only the image’s error tells; a new one is begun when it is told to', async () => {
    assert.deepEqual(entries(await backUpWith('jq-missing-on-backup', 1)), recorded('jq-missing-on-backup-flatten'));
    const { image, increments } = await chain();
    assert.equal(text(image, 'STATE'), '1');
    assert.match(
      text(image, 'TEMPLATE/ERROR'),
      /^\w.* : Error flattening backup increments: Command failed:export LANG=C.*failglobqemu-img commit .*RC=`\(qemu-img info --output json '.*';\)`SIZE=.*echo "\$SIZE"\/var\/lib\/one\/remotes\/datastore\/rsync\/increment_flatten:171:in `<main>': Unable to flatten increments: bash: line 11: jq: command not found \(StandardError\)$/,
    );
    const [first, second] = increments.map((increment) => text(increment, 'SOURCE'));
    assert.doesNotMatch(await files(1), new RegExp(`${first}/disk`));
    assert.match(await files(1), new RegExp(`${second}/disk`));

    await backUp(1, '--reset');
    const anew = await chain();
    assert.notEqual(text(anew.image, 'ID'), text(image, 'ID'));
    assert.deepEqual(
      anew.increments.map((increment) => text(increment, 'TYPE')),
      ['FULL'],
    );
  });
});

describe('a backup in a broken world ends as one did in a real cloud:', () => {
  const AS_RECORDED = [
    ...['agent-empty', 'agent-stopped', 'authkeys-missing-on-backup', 'dir-not-writable', 'disk-full', 'dsparent-not-writable'],
    ...['host-no-sshconfig-unknown-key', 'host-own-key-agent-stopped', 'host-sshd-down', 'noisy-bashrc-on-backup'],
    ...['qemuimg-missing-on-host', 'rsync-missing-on-backup', 'rsync-missing-on-host', 'sshd-down'],
  ];
  for (const fault of AS_RECORDED) {
    it(fault, async () => {
      // It was recorded with a new datastore, whose folder is not there yet.
      const isNew = fault === 'dsparent-not-writable';
      if (isNew) await on('backup01', `mv ${STORAGE} ${STORAGE}.off && mv ${STORAGE}.off /var/lib/one/`);
      const images = (await lab.openNebula()).images.length;
      const log = await backUpWith(fault, 0).finally(() => isNew && on('backup01', `mv /var/lib/one/100.off ${STORAGE}`));
      assert.deepEqual(entries(log), recorded(fault));
      const failed = log.includes('[VMM][E]: BACKUP: ');
      const cloud = await lab.openNebula();
      assert.equal(cloud.images.length, failed ? images : images + 1);
      const [machine = {}] = cloud.vms;
      const error = /^\w{3} \w{3} +\d+ [\d:]{8} \d{4}: BACKUP: .{92}\.\.\. see more details in VM log$/;
      if (failed) assert.match(text(machine, 'USER_TEMPLATE/ERROR'), error);
      assert.equal(state(machine), '3/3');
    });
  }

  it('agent-stopped, of an increment', async () => {
    assert.deepEqual(entries(await backUpWith('agent-stopped', 1)), recorded('agent-stopped-incr-vm1'));
  });

  it('nbdinfo-missing-on-host: a full backup does not need it, an increment does', async () => {
    await breakFault(lab, 'nbdinfo-missing-on-host');
    await config('MODE = "INCREMENT", KEEP_LAST = "3"');
    try {
      assert.match(await backUp(0), /VM backup successfully created/);
      assert.match(await backUp(0), /Error preparing disk files: No such file or directory - nbdinfo\n/);
    } finally {
      await config('MODE = "FULL"');
      await repairFault(lab, 'nbdinfo-missing-on-host');
    }
  });

  it('on a server that is frozen: it lasts, and cancelling it lasts as long', async () => {
    await lab.signal('backup01', 'sshd', 'STOP');
    const old = (await logOf(0)).length;
    await type('onevm backup -d 100 0');
    await until('the transfer', async () => (await logOf(0)).slice(old).includes('prebackup_live'));
    assert.equal(await type('onevm backup-cancel 0'), '');
    await sleep(300);
    assert.equal(state(await vm(0)), '3/69');
    await lab.signal('backup01', 'sshd', 'CONT');
    await until('the end', async () => state(await vm(0)) === '3/3');
    assert.match(text(await vm(0), 'USER_TEMPLATE/ERROR'), /^\w[^B]*: BACKUP: Backup cancelled: [0-9a-f]{6}$/);
    assert.match((await one('onevm backup-cancel 0')).stderr, /Could not cancel backup for VM 0, no backup in progress/);
  });
});

describe('oned', () => {
  it('takes back what a killed one left', async () => {
    await lab.signal('backup01', 'sshd', 'STOP');
    await type('onevm backup -d 100 0');
    await until('the backup', async () => state(await vm(0)) === '3/69');
    await lab.stop('frontend01', 'oned');
    await lab.signal('backup01', 'sshd', 'CONT');
    await lab.start('frontend01', 'oned');
    await until('the end', async () => state(await vm(0)) === '3/3');
    assert.match(await logOf(0), /BACKUP: oned was restarted during the backup\n/);
  });

  it('tries a rejected action again and again, before all others', async () => {
    await type('onevm backup --schedule now -d 1 0 && onevm backup --schedule now -d 100 0');
    const actions = async () => trees(await vm(0), 'TEMPLATE/SCHED_ACTION').slice(-2);
    const messages = async () => (await actions()).map((action) => text(action, 'MESSAGE'));
    const [first] = await until('a rejection', async () => ((await messages())[0] ?? '') !== '' && messages());
    assert.match(first ?? '', /^\w{3} \w{3} +\d+ [\d:]{8} \d{4} : \[backup\] Datastore needs to be of type BACKUP$/);
    await until('another', async () => (await messages())[0] !== first);
    const [rejected, waiting] = await actions();
    assert.deepEqual([text(rejected ?? {}, 'DONE'), text(waiting ?? {}, 'DONE')], ['-1', '-1']);
    await type(`onevm sched-delete 0 ${text(rejected ?? {}, 'ID')}`);
    await until('the one behind it', async () => text((await actions()).at(-1) ?? {}, 'DONE') !== '-1');
  });
});
