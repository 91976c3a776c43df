/** The guide can be followed by hand in a lab, and its backups leave what they leave in a real cloud: files, images, states, and the logs of those that fail. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { getPriority } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { breakFault, repairFault } from '../../lab/faults/index.ts';
import { STATE_FILE } from '../../lab/machines/cloud.ts';
import { Lab } from '../../lab/machines/lab.ts';
import { all, ids, int, type Tree, text, trees } from '../../lab/opennebula/tree.ts';
import { tryAll } from '../rig.ts';
import { entries } from './vmlog.ts';

const log = (file: string) => readFileSync(join(import.meta.dirname, '../recordings/7.4.0', file), 'utf8');
const recorded = (failure: string) => entries(log(`failures/${failure}/vm.log`));
/** The first backup of a log of several. */
const recordedFirst = (file: string) => entries(log(`second/${file}`).replace(/(New LCM state is RUNNING\n).*/s, '$1'));
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
  for (let waited = 0; waited < 60_000; waited += 50) {
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
    for waited in {1..1500}; do
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

/** The image that has the increments of VM 1, and those increments. */
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
  it('is an image, an id with its VM and its datastore, and files on the server', async () => {
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

  it('of a VM that is powered off leaves it powered off', async () => {
    await type('onevm poweroff --hard 0');
    await until('the end', async () => state(await vm(0)) === '8/0');
    const log = await backUp(0);
    assert.match(log, /New LCM state is BACKUP_POWEROFF\n.*operation: prebackup\.\n.*operation: postbackup\.\n/s);
    assert.equal(state(await vm(0)), '8/0');
    assert.equal(text(await newest(), 'SIZE'), '42');
    await type('onevm resume 0');
    await until('the start', async () => state(await vm(0)) === '3/3');
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
  // `npm run interruptions` tries all.
  for (const fault of tryAll ? AS_RECORDED : AS_RECORDED.filter((_, at) => at % 3 === 0)) {
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

  /** What is done to the lab, and undone; the VM that was backed up when it was recorded. */
  const saved = (more: string) => type(`printf '%s\\n' ${RSYNC} '${more}' | onedatastore update 100`);
  const RSYNC = 'DS_MAD=rsync RSYNC_USER=oneadmin RSYNC_HOST=backup01.example.net';
  const DONE: Record<string, { file: string; to: number; breaks: () => Promise<unknown>; repairs: () => Promise<unknown> }> = {
    'scripts-missing-on-host': {
      file: 'd-var-tmp-one-removed/vm.log',
      to: 1,
      breaks: () => on('kvm02', 'mv /var/tmp/one /var/tmp/one.off'),
      repairs: () => on('kvm02', 'mv /var/tmp/one.off /var/tmp/one'),
    },
    'libvirt-down-on-host': {
      file: 'e-libvirt-unusable/vm.log',
      to: 1,
      breaks: () => on('kvm02', 'chmod 400 /run/libvirt/libvirt-sock'),
      repairs: () => on('kvm02', 'chmod 600 /run/libvirt/libvirt-sock'),
    },
    'no-user-bus-on-host': {
      file: 'g-confinement/02-cpu-quota-vm.log',
      to: 0,
      breaks: async () => {
        await saved('RSYNC_CPU_QUOTA=50');
        await on('kvm01', 'mv /run/user/9869 /run/user/off');
      },
      repairs: async () => {
        await saved('');
        await on('kvm01', 'mv /run/user/off /run/user/9869');
      },
    },
    'bridge-other-path': {
      file: 'h-bridge-list/01-kvm02-vm.log',
      to: 0,
      breaks: () => saved('BRIDGE_LIST="kvm02.example.net"'),
      repairs: () => saved(''),
    },
    'bridge-unknown-name': {
      file: 'h-bridge-list/02-nosuch-vm.log',
      to: 0,
      breaks: () => saved('BRIDGE_LIST="nosuch.example.net"'),
      repairs: () => saved(''),
    },
  };
  for (const [name, { file, to, breaks, repairs }] of Object.entries(DONE)) {
    it(name, async () => {
      await breaks();
      const log = await backUp(to, to === 1 ? '--reset' : '').finally(repairs);
      assert.deepEqual(entries(log), recordedFirst(file));
    });
  }

  it('scripts that may not be run, or lack one of their own, fail as well; so does a guest without an agent', async () => {
    const lib = '/var/tmp/one/tm/lib';
    const fails = async (expected: RegExp) => assert.match((await backUp(0)).replaceAll('\n', ' '), expected);
    await on('kvm01', `chmod 644 ${lib}/backup_qcow2.rb`);
    await fails(/exit code: 126.*backup_qcow2\.rb: Permission denied/);
    await on('kvm01', `chmod 755 ${lib}/backup_qcow2.rb; mv ${lib}/backup_kvm.rb ${lib}/off`);
    await fails(/exit code: 1\).*require_relative': cannot load such file -- \/var\/tmp\/one\/tm\/lib\/backup_kvm \(LoadError\)/);
    await on('kvm01', `mv ${lib}/off ${lib}/backup_kvm.rb`);
    await config('FS_FREEZE = "AGENT"');
    await fails(/virsh --connect qemu:\/\/\/system domfsfreeze .*Guest agent is not responding: QEMU guest agent is not connected/);
    await config('FS_FREEZE = "NONE"');
  });

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

describe('a backup of a datastore whose template', () => {
  const saved = (more: string) =>
    type(`printf '%s\\n' DS_MAD=rsync RSYNC_USER=oneadmin RSYNC_HOST=backup01.example.net '${more}' | onedatastore update 100`);
  after(() => saved(''));

  it('has empty RSYNC_ARGS copies nothing, and ends well; nothing can be restored', async () => {
    await saved('RSYNC_ARGS=""');
    assert.match(await backUp(0), /VM backup successfully created/);
    const image = await newest();
    assert.deepEqual([text(image, 'STATE'), text(image, 'SIZE')], ['1', '42']);
    assert.equal(await on('backup01', `ls -A ${STORAGE}/0/${text(image, 'SOURCE')}`), '');
    const { exitCode, stdout } = await one(`oneimage restore ${text(image, 'ID')} -d default`);
    assert.equal(exitCode, 255);
    assert.match(stdout, /Backup does not contain any disks or missing vm\.xml/);
  });

  it('has others has rsync called with them, below nice, ionice and a slice where it says so', async () => {
    await saved('RSYNC_ARGS="-aS --no-such-option"');
    assert.match(await backUp(0), /rsync: --no-such-option: unknown option/);
    await saved('RSYNC_ARGS="-aS --log-file=/tmp/rsync.log"\nRSYNC_NICE=19\nRSYNC_IONICE=7\nRSYNC_MEMORY_MAX_MB=100');
    await on(
      'kvm01',
      'echo "#!/bin/sh\nnice; ionice; exec /usr/bin/rsync \\"\\$@\\"" > /usr/local/bin/rsync; sed -i "s/nice;.*ionice;/{ nice; ionice; } > \\/tmp\\/nice;/" /usr/local/bin/rsync; chmod 755 /usr/local/bin/rsync',
    );
    assert.match(await backUp(0), /VM backup successfully created/);
    assert.equal(
      await on('kvm01', 'cat /tmp/nice; rm /usr/local/bin/rsync; grep -c disk.0.0 /tmp/rsync.log'),
      `${Math.min(getPriority() + 19, 19)}\nbest-effort: prio 7\n1\n`,
    );
    assert.match(await on('kvm01', 'cat ~/.config/systemd/user/backup.100.slice'), /^\[Slice\]\nCPUQuota=\nMemoryMax=100M\n/);
  });

  it('names a bridge sends from there, where the staged files are to be seen', async () => {
    await saved('BRIDGE_LIST="kvm01.example.net kvm02.example.net"');
    await type('onevm backup -d 100 0');
    assert.equal(text(await vm(0), 'BACKUPS/BACKUP_CONFIG/LAST_BRIDGE'), 'kvm01.example.net');
    await until('the end', async () => state(await vm(0)) === '3/3');
    assert.equal(text(await vm(0), 'BACKUPS/BACKUP_CONFIG/LAST_BRIDGE'), '');
    assert.match((await logOf(0)).slice(-200), /VM backup successfully created/);
  });
});

describe('in SNAPSHOT mode', () => {
  const made = async (options = '') => /VM backup successfully created/.test(await backUp(0, options));
  const link = () => on('kvm01', 'readlink datastores/0/0/disk.0');
  after(() => config('MODE = "FULL"'));

  it('a second full backup fails, and all that follow, until the mode is CBT', async () => {
    await breakFault(lab, 'nbdinfo-missing-on-host');
    await config('MODE = "INCREMENT", INCREMENT_MODE = "SNAPSHOT", KEEP_LAST = "3"');
    assert.deepEqual([await made(), await made()], [true, true], 'a full backup and an increment, without nbdinfo');
    await repairFault(lab, 'nbdinfo-missing-on-host');
    assert.equal(await link(), 'disk.0.snap/0\n');
    const folder = '/var/lib/one//datastores/0/0';
    const log = await backUp(0, '--reset');
    const next = `${folder}/${folder}/disk.0.snap/1`;
    assert.match(log, /exit code: 255/);
    assert.ok(
      log.includes(
        `[STDOUT] "Error executing 'qemu-img create -f qcow2 -o backing_fmt=qcow2 -b ${folder}/disk.0.snap/0 ${next} ':\\nFormatting '${next}', fmt=qcow2`,
      ),
      log,
    );
    assert.ok(log.includes(`qemu-img: ${next}: Could not create '${next}': No such file or directory`), log);
    assert.equal(await link(), `${folder}/disk.0.snap/0\n`);
    assert.equal(text(await vm(0), 'BACKUPS/BACKUP_CONFIG/INCREMENTAL_BACKUP_ID'), '-1');
    assert.equal(await made(), false);

    await type(`echo 'BACKUP_CONFIG = [ MODE = "INCREMENT", INCREMENT_MODE = "CBT" ]' | onevm updateconf --append 0`);
    assert.equal(await made(), true);
    await type(`echo 'BACKUP_CONFIG = [ MODE = "INCREMENT", INCREMENT_MODE = "SNAPSHOT" ]' | onevm updateconf --append 0`);
    assert.equal(await made('--reset'), false);
    await on('kvm01', 'ln -sfn disk.0.snap/0 datastores/0/0/disk.0');
    assert.equal(await made('--reset'), true);
  });
});

describe('oned', () => {
  before(async () => {
    // The volume is small, and much was backed up to it.
    const backups = async () =>
      (await lab.openNebula()).images.filter((image) => text(image, 'TYPE') === '6').map((image) => text(image, 'ID'));
    await type(`oneimage delete ${(await backups()).join(',')}`);
    await until('room', async () => (await backups()).length === 0);
  });

  it('brings its drivers to a host by "onehost sync --force", and when the host is enabled; "onehost sync" asks for the version only', async () => {
    const swept = () => on('kvm01', 'rm -rf /var/tmp/one');
    const there = async () => (await on('kvm01', 'cd /var/tmp/one && find . -type f -exec md5sum {} + | sort -k 2')) || 'nothing';
    const whole = await there();
    assert.equal(whole, await on('frontend01', 'cd /var/lib/one/remotes && find . -type f -exec md5sum {} + | sort -k 2'));
    await swept();
    assert.equal(await type('onehost sync kvm01.example.net'), 'No hosts are going to be updated.\n');
    assert.equal(await there(), 'nothing');
    const done = `* Adding kvm01.example.net to upgrade\n[${'='.repeat(40)}] 1/1 kvm01.example.net                \nAll hosts updated successfully.\n`;
    assert.equal(await type('onehost sync --force kvm01.example.net'), done);
    assert.equal(await there(), whole);
    await swept();
    await type('onehost disable 0; onehost enable 0');
    await until('the host', async () => text((await lab.openNebula()).hosts[0] ?? {}, 'STATE') === '2');
    assert.equal(await there(), whole);
  });

  it('knows nothing of VMs on a host in error, and backs up those on one that is disabled or offline', async () => {
    for (const state of ['disable', 'offline']) {
      await type(`onehost ${state} 0`);
      assert.match(await backUp(0), /VM backup successfully created/, state);
    }
    await lab.stop('kvm01', 'sshd');
    await type('onehost enable 0');
    await until('the error', async () => state(await vm(0)) === '3/16');
    assert.match(
      (await one('onevm backup -d 100 0')).stderr,
      /\[one\.vm\.backup\] Could not create a new backup for VM 0, wrong state UNKNOWN\.\n$/,
    );
    await lab.start('kvm01', 'sshd');
    await type('onehost enable 0');
    await until('the end', async () => state(await vm(0)) === '3/3');
  });

  it('begins no more backups than oned.conf allows, and says so in its log alone', async () => {
    const limit = (name: string, number: number) => on('frontend01', `sed -i 's/^${name} .*/${name} = ${number}/' /etc/one/oned.conf`);
    await limit('MAX_BACKUPS_HOST', 0);
    await lab.stop('frontend01', 'oned');
    await lab.start('frontend01', 'oned');
    await lab.capacityKnown();
    await type('onevm backup --schedule now -d 100 0');
    await until('a round', async () =>
      /Reached max number of host backups \(0\) for host 0/.test(await on('frontend01', 'cat /var/log/one/oned.log')),
    );
    const waiting = trees(await vm(0), 'TEMPLATE/SCHED_ACTION').at(-1) ?? {};
    assert.deepEqual([text(waiting, 'DONE'), text(waiting, 'MESSAGE')], ['-1', '']);
    await type(`onevm sched-delete 0 ${text(waiting, 'ID')}`);
    await limit('MAX_BACKUPS_HOST', 2);
    await lab.stop('frontend01', 'oned');
    await lab.start('frontend01', 'oned');
    await lab.capacityKnown();
  });

  it('takes back what a killed one left', async () => {
    await lab.signal('backup01', 'sshd', 'STOP');
    await type('onevm backup -d 100 0');
    await until('the backup', async () => state(await vm(0)) === '3/69');
    await lab.stop('frontend01', 'oned');
    await lab.signal('backup01', 'sshd', 'CONT');
    await lab.start('frontend01', 'oned');
    await lab.capacityKnown();
    await until('the end', async () => state(await vm(0)) === '3/3');
    assert.match(await logOf(0), /BACKUP: oned was restarted during the backup\n/);
  });

  it('begins what was due while a backup of the same machine ran by itself, once that has ended', async () => {
    const last = async () => trees(await vm(0), 'TEMPLATE/SCHED_ACTION').at(-1) ?? {};
    await lab.signal('backup01', 'sshd', 'STOP');
    await type('onevm backup -d 100 0 && onevm backup --schedule now -d 100 0');
    const told = await until('its reason', async () => text(await last(), 'MESSAGE'));
    assert.match(told, / : \[backup\] Could not create a new backup for VM 0, wrong state BACKUP\.$/);
    await lab.signal('backup01', 'sshd', 'CONT');
    await until('its turn', async () => text(await last(), 'DONE') !== '-1');
    assert.equal(text(await last(), 'MESSAGE'), '');
    await until('the end', async () => state(await vm(0)) === '3/3');
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
