/** Virtual machines that stop and start, are given another configuration, and are backed up again and again. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nextTime } from '../../../lab/opennebula/scheduler.ts';
import { all, ids, int, type Tree, text, trees } from '../../../lab/opennebula/tree.ts';
import { OK, ok, quietCloud, refused, type TestCloud } from './harness.ts';

const vmOf = (cloud: TestCloud): Tree => cloud.read().vms[0] ?? {};
const config = (cloud: TestCloud) => trees(vmOf(cloud), 'BACKUPS/BACKUP_CONFIG')[0];
const is = (STATE: string, LCM_STATE: string) => (state: { vms: Tree[] }) => void Object.assign(state.vms[0] ?? {}, { STATE, LCM_STATE });

test('a virtual machine is stopped and started, as far as its state allows', async (t) => {
  const cloud = await quietCloud(t);
  const states = () => `${text(vmOf(cloud), 'STATE')}/${text(vmOf(cloud), 'LCM_STATE')}`;
  const steps = { 'poweroff --hard 0': '3/18 8/0', 'resume vm': '3/20 3/3' };
  for (const [command, passing] of Object.entries(steps)) {
    const [first, last] = passing.split(' ');
    await cloud.says({ [`onevm ${command}`]: OK });
    assert.equal(states(), first, command);
    await cloud.until(() => states() === last);
  }
  assert.deepEqual(all(vmOf(cloud), 'HISTORY_RECORDS/HISTORY/ACTION'), ['20', '0'], 'poweroff-hard');
  await cloud.edit(is('9', '0'));
  const said = (action: string, why: string) => refused(`[one.vm.action] Error performing action "${action}": ${why}`);
  await cloud.says({
    'onevm poweroff --hard 0': said('poweroff-hard', 'This action is not available for state UNDEPLOYED'),
    'onevm resume 9': refused('[one.vm.action] Error getting virtual machine [9].'),
    'onevm backup -d 100 0': refused('Error creating VM backup: [one.vm.backup] Not enough free space on target datastore'),
    'onevm backup-cancel 0': refused(
      'Error canceling VM backup: [one.vm.backupcancel] Could not cancel backup for VM 0, no backup in progress',
    ),
  });
  await cloud.edit(is('3', '69'));
  await cloud.says({ 'onevm terminate vm': said('terminate', 'Could not terminate VM 0, wrong state BACKUP.') });
  await cloud.edit(is('3', '3'));
  await cloud.says({ 'onevm terminate --hard vm': OK });
  assert.deepEqual(ids(cloud.read().images[0] ?? {}, 'VMS'), ['0'], 'not before it is DONE');
  await cloud.until(() => states() === '6/0');
  const { images, hosts } = cloud.read();
  assert.deepEqual([ids(images[0] ?? {}, 'VMS'), text(images[0] ?? {}, 'STATE'), ids(hosts[0] ?? {}, 'VMS')], [[], '1', []]);
  const gone = "[one.vm.schedadd] Unable to create Scheduled Action for Virtual Machine 0, it's in DONE state";
  await cloud.says({ 'onevm backup --schedule now -d 100 0': refused(gone) });
});

test('a guest that does not listen is waited for, until it is not asked any more', async (t) => {
  const cloud = await quietCloud(t);
  const said = (action: string, state: string) =>
    refused(`[one.vm.action] Error performing action "${action}": This action is not available for state ${state}`);
  await cloud.says({
    'onevm undeploy 0': OK,
    'onevm undeploy 0 ': said('undeploy', 'SHUTDOWN_UNDEPLOY'),
    'onevm resume 0': said('resume', 'SHUTDOWN_UNDEPLOY'),
    'onevm backup -d 100 0': refused('Error creating VM backup: [one.vm.backup] Not enough free space on target datastore'),
  });
  await new Promise((resolve) => setTimeout(resolve, 3000));
  assert.equal(text(vmOf(cloud), 'LCM_STATE'), '29');
  await cloud.says({ 'onevm undeploy --hard 0': OK });
  // What was passing when oned was stopped goes on.
  await cloud.edit(() => undefined);
  await cloud.until(() => text(vmOf(cloud), 'STATE') === '9');
});

test('a locked virtual machine is shown, and nothing else', async (t) => {
  const cloud = await quietCloud(t, (state) => Object.assign(state.datastores[3] ?? {}, { FREE_MB: '1000' }));
  const locked = (method: string) => `[one.vm.${method}] User [0] : VM is locked. [0].`;
  const backup = refused(`Error creating VM backup: ${locked('backup')}`);
  await cloud.says({
    'onevm lock 0': OK,
    'onevm backup -d 100 0': backup,
    'onevm poweroff --hard 0': refused(locked('action')),
    'onevm backup --schedule now -d 100 0': refused(locked('schedadd')),
  });
  assert.match((await cloud.run('onevm show -x 0')).stdout, /<LOCK>\s*<LOCKED>1<.*<\/LOCK>\s*<MONITORING>/s);
  await cloud.says({ 'onevm lock --admin 0': OK, 'onevm backup -d 100 0': backup, 'onevm suspend 0': OK, 'onevm unlock 0': OK });
  assert.equal(vmOf(cloud).LOCK, undefined);
});

/** Drivers that succeed, and take 42 MB to a backup server. */
const BACKED_UP = "cat > /dev/null; echo '42 /var/lib/one/datastores/0/0/backup /var/lib/one/datastores/0/0/backup/disk.0.0'";
const backedUp = (number: number) => (state: { vms: Tree[] }) => {
  const [vm] = state.vms;
  return vm !== undefined && text(vm, 'LCM_STATE') === '3' && trees(vm, 'HISTORY_RECORDS/HISTORY').length === number + 1;
};

test('full backups beyond KEEP_LAST are deleted, the oldest first; chosen disks alone are kept', async (t) => {
  const cloud = await quietCloud(t, (state) => {
    Object.assign(state.datastores[3] ?? {}, { FREE_MB: '1000' });
    const [disk = {}] = trees(state.vms[0] ?? {}, 'TEMPLATE/DISK');
    const more = (id: string, type: string, format = 'qcow2') => ({ ...disk, DISK_ID: id, TYPE: type, FORMAT: format });
    Object.assign(state.vms[0]?.TEMPLATE as Tree, { DISK: [disk, more('1', 'fs'), more('2', 'swap', 'raw'), more('3', 'FILE')] });
  });
  cloud.ssh(BACKED_UP);
  const update = (config: string) => `echo 'BACKUP_CONFIG=[${config}]' | onevm updateconf 0 --append`;
  const disks = () => ids(cloud.read().images.at(-1) ?? {}, 'BACKUP_DISK_IDS');
  const kept = () => ids(vmOf(cloud), 'BACKUPS/BACKUP_IDS');
  const back = async (number: number, wanted: string[]) => {
    await cloud.says({ 'onevm backup -d 100 0': OK });
    await cloud.until(backedUp(number));
    assert.deepEqual(disks(), wanted);
  };
  await cloud.says({ [update('KEEP_LAST="2",MODE="FULL"')]: OK });
  await back(1, ['0', '3']);
  await cloud.says({ [update('BACKUP_VOLATILE="YES"')]: OK });
  await back(2, ['0', '1', '3']);
  await cloud.says({
    [update('DISK_IDS="2"')]: refused('[one.vm.updateconf] Invalid DISK_IDS, disk 2 cannot be backed up'),
    [update('DISK_IDS="a"')]: refused('[one.vm.updateconf] Invalid DISK_IDS value: a'),
    [update('DISK_IDS="3",BACKUP_VOLATILE="NO"')]: OK,
  });
  assert.deepEqual(kept(), ['1', '2']);
  await back(3, ['3']);
  await cloud.until(() => kept().join() === '2,3' && cloud.read().images.length === 3);
  assert.deepEqual(cloud.read().images.at(-1)?.TEMPLATE, { BACKUP_SELECTED_DISKS: 'YES' });
  // The choice stays until it is taken back.
  await cloud.says({ [update('FS_FREEZE="NONE"')]: OK });
  assert.equal(config(cloud)?.DISK_IDS, '3');
  await cloud.says({ [update('DISK_IDS=""')]: OK });
  assert.equal(config(cloud)?.DISK_IDS, undefined);
});

test('a repeating action whose end has passed is done once, and one of a machine in HOLD not at all', async (t) => {
  const cloud = await quietCloud(t, (state) => Object.assign(state.settings, { MANAGER_TIMER: 0.1 }));
  await cloud.says({
    "onevm suspend 0 --schedule '2026-01-02 13:00' --hourly 1 --end '2026-01-02 15:00'": ok(
      'VM 0: suspend scheduled at 2026-01-02 13:00:00 +0000',
    ),
  });
  await cloud.until(() => int(action(cloud), 'DONE') > 0);
  const { TIME, END_TYPE, END_VALUE, MESSAGE } = action(cloud);
  assert.deepEqual({ TIME, END_TYPE, END_VALUE, MESSAGE }, { TIME: '1767358800', END_TYPE: '2', END_VALUE: '1767312000', MESSAGE: '' });
  await cloud.edit(is('2', '0'));
  await cloud.run('onevm backup --schedule now -d 100 0');
  await new Promise((resolve) => setTimeout(resolve, 1000));
  assert.deepEqual([text(action(cloud, 1), 'DONE'), text(action(cloud, 1), 'MESSAGE')], ['-1', '']);
});

test('a configuration says how backups are made', async (t) => {
  const cloud = await quietCloud(t);
  const update = (template: string, words = '') => `printf '%s' '${template}' | onevm updateconf 0 ${words}`;
  await cloud.says({ [update('BACKUP_CONFIG = [ MODE = "INCREMENT", KEEP_LAST = "3" ]', '--append')]: OK });
  // What is appended to nothing has only what is given.
  assert.deepEqual(config(cloud), { INCREMENTAL_BACKUP_ID: '-1', KEEP_LAST: '3', LAST_INCREMENT_ID: '-1', MODE: 'INCREMENT' });
  await cloud.says({ [update('BACKUP_CONFIG=[MODE="INCREMENT",KEEP_LAST="3"]')]: OK });
  const whole = { BACKUP_VOLATILE: 'NO', FS_FREEZE: 'NONE', INCREMENT_MODE: 'CBT', INTERACTIVE: 'NO' };
  const first = { ...whole, INCREMENTAL_BACKUP_ID: '-1', KEEP_LAST: '3', LAST_INCREMENT_ID: '-1', MODE: 'INCREMENT' };
  assert.deepEqual(config(cloud), first);

  await cloud.edit(({ vms }) => Object.assign(trees(vms[0] ?? {}, 'BACKUPS/BACKUP_CONFIG')[0] ?? {}, { LAST_INCREMENT_ID: '2' }));
  await cloud.says({ [update('BACKUP_CONFIG=[FS_FREEZE="agent",KEEP_LAST="-4"]', '-a')]: OK });
  assert.deepEqual(config(cloud), { ...first, FS_FREEZE: 'AGENT', KEEP_LAST: '0', LAST_INCREMENT_ID: '2' });
  await cloud.says({ [update('BACKUP_CONFIG=[MODE="FULL"]', '-a')]: OK });
  assert.deepEqual([config(cloud)?.MODE, config(cloud)?.LAST_INCREMENT_ID], ['FULL', '-1'], 'another mode forgets the chain');

  await cloud.says({
    [update('BACKUP_CONFIG="x"')]: refused('[one.vm.updateconf] Internal error parsing BACKUP_CONFIG attribute.'),
    [update('OS=[MACHINE="pc"]')]: refused('[one.vm.updateconf] The stand-in for OpenNebula changes BACKUP_CONFIG only, not OS'),
    'onevm updateconf 9': refused('ERROR: [one.vm.info] Error getting virtual machine [9].'),
    'echo "OS=[]" | onevm updateconf 9': refused('[one.vm.updateconf] Error getting virtual machine [9].'),
  });
  // Without a file, and nothing on stdin, an editor is opened.
  await cloud.says({ 'onevm updateconf 0': OK }, { env: { EDITOR: 'sed -i s/FULL/INCREMENT/' } });
  assert.equal(config(cloud)?.MODE, 'INCREMENT');
  await cloud.edit(is('3', '69'));
  await cloud.says({ [update('OS=[]')]: refused('[one.vm.updateconf] configuration cannot be updated in state BACKUP') });
});

const action = (cloud: TestCloud, index = 0): Tree => trees(vmOf(cloud), 'TEMPLATE/SCHED_ACTION')[index] ?? {};

test('a backup that repeats is scheduled, withdrawn, and refused', async (t) => {
  const cloud = await quietCloud(t);
  const backup = (words: string) => `onevm backup -d 100 0 --schedule "2030-01-07 02:00" ${words}`;
  const scheduled = ok('VM 0: backup scheduled at 2030-01-07 02:00:00 +0000');
  const wrong = (why: string) => refused(`[one.vm.schedadd] ${why}`);
  await cloud.says({
    [backup('--weekly 1,3 --end 5')]: scheduled,
    [backup('--hourly 12')]: scheduled,
    [backup('--monthly 1,15 --end 2030-06-30')]: scheduled,
    [backup('--weekly 7')]: wrong('Days in a week have to be in [0,6] range'),
    [backup('--monthly 0')]: wrong('Days in a month have to be in [1,31] range'),
    [backup('--hourly 200')]: wrong('Hours have to be in [0,168] range'),
    [backup('--hourly 1,2')]: refused('invalid argument: --hourly 1,2'),
    'onevm sched-delete 0 9': refused('Error deleting: [one.vm.scheddelete] Error getting scheduled action [9].'),
  });
  const once = { ID: '0', PARENT_ID: '0', TYPE: 'VM', ACTION: 'backup', ARGS: '100,0', TIME: '1893981600' };
  assert.deepEqual(action(cloud), {
    ...once,
    ...{ REPEAT: '0', DAYS: '1,3', END_TYPE: '1', END_VALUE: '5', DONE: '-1', MESSAGE: '', WARNING: '0' },
  });
  const repeated = (index: number) => ['REPEAT', 'DAYS', 'END_TYPE', 'END_VALUE'].map((name) => text(action(cloud, index), name));
  assert.deepEqual(
    [repeated(1), repeated(2)],
    [
      ['3', '12', '0', '-1'],
      ['1', '1,15', '2', '1909008000'],
    ],
  );
  await cloud.says({ 'onevm sched-delete 0 0': OK });
  assert.deepEqual(ids(vmOf(cloud), 'SCHED_ACTIONS'), ['1', '2']);
});

test('times of a schedule: today, this year, a day alone', async (t) => {
  const cloud = await quietCloud(t);
  const options = { at: Date.parse('2026-11-23T20:00:00Z') / 1000, env: { TZ: 'America/New_York' } };
  const at = (time: string) => `onevm backup --schedule '${time}' -d 1 0`;
  await cloud.says(
    {
      [at('14:15')]: ok('VM 0: backup scheduled at 2026-11-23 14:15:00 -0500'),
      [at('09/23 14:15')]: ok('VM 0: backup scheduled at 2026-09-23 14:15:00 -0400'),
      [at('2027-01-01')]: ok('VM 0: backup scheduled at 2027-01-01 00:00:00 -0500'),
      [at('+60')]: ok('VM 0: backup scheduled after +60s from start'),
      ...Object.fromEntries(['soon', '1893981600', '25:99'].map((wrong) => [at(wrong), refused(`Error parsing time spec: ${wrong}`)])),
    },
    options,
  );
});

test('one that is due is begun, and due again later; other actions are done, too', async (t) => {
  const cloud = await quietCloud(t, (state) => Object.assign(state.settings, { MANAGER_TIMER: 0.1 }));
  const { stdout } = await cloud.run('onevm poweroff --schedule now --hourly 2 --end 3 0');
  const due = Date.parse(stdout.split(' at ')[1] ?? '') / 1000;
  await cloud.until((state) => text(state.vms[0] ?? {}, 'LCM_STATE') === '18' && text(action(cloud), 'END_VALUE') === '2');
  assert.equal(int(action(cloud), 'TIME'), due + 7200);
  assert.ok(int(action(cloud), 'DONE') >= due);
});

test('of several that are due the oldest is done first, whatever its id, and one of another host waits behind a full one', async (t) => {
  const cloud = await quietCloud(t, (state) => {
    Object.assign(state.datastores[3] ?? {}, { FREE_MB: '1000' });
    const copy = (id: string, more: Tree = {}): Tree => ({ ...structuredClone(state.vms[0] ?? {}), ID: id, NAME: `vm${id}`, ...more });
    const elsewhere = { HISTORY_RECORDS: { HISTORY: { ...trees(state.vms[0] ?? {}, 'HISTORY_RECORDS/HISTORY')[0], HID: '1' } } };
    state.vms.push(copy('1'), copy('2'), copy('3', elsewhere), copy('4'));
  });
  cloud.ssh('exec sleep 60');
  const at = (minute: number, vm: number, datastore = 100) =>
    `onevm backup -d ${datastore} ${vm} --schedule '2026-01-02 13:0${minute}' > /dev/null`;
  await cloud.says({ [[at(2, 0), at(1, 0, 1), at(3, 1), at(4, 2), at(6, 3), at(5, 4)].join(' && ')]: OK });
  const rounds = (state: { settings: { MANAGER_TIMER: number } }) => void Object.assign(state.settings, { MANAGER_TIMER: 0.1 });
  await cloud.edit(rounds);
  const actions = (vm: number) =>
    trees(cloud.read().vms[vm] ?? {}, 'TEMPLATE/SCHED_ACTION').map((one) => [int(one, 'DONE') > 0, text(one, 'MESSAGE') !== '']);
  await cloud.until(() => actions(2)[0]?.[0] === true);
  assert.deepEqual(
    actions(0),
    [
      [false, false],
      [false, true],
    ],
    'the older one is rejected, and the other waits behind it',
  );
  assert.deepEqual(
    [actions(1)[0], actions(2)[0]],
    [
      [true, false],
      [true, false],
    ],
    'two run on the host',
  );
  await new Promise((resolve) => setTimeout(resolve, 500));
  assert.deepEqual(
    [actions(4), actions(3)],
    [[[false, false]], [[false, false]]],
    'a third waits, and so does one of another host behind it',
  );
  assert.match(cloud.log, /Executing action 'backup' for VM 1 : Success\.\n.*Reached max number of host backups \(2\) for host 0\n/s);
});

test('when an action that repeats is due again', () => {
  // Monday, January 7, 2030.
  const today = new Date(2030, 0, 7, 2, 0, 10);
  const due = new Date(2030, 0, 7, 2).getTime() / 1000;
  const after = (repeat: number, days: number[]) => (nextTime(due, repeat, days, today) - due) / 86400;
  assert.deepEqual([after(0, [1, 3]), after(0, [0]), after(0, [1])], [2, 6, 7], 'weekly');
  assert.deepEqual([after(1, [1, 15]), after(1, [1])], [8, 25], 'monthly');
  assert.equal(after(2, [10]), 4, 'yearly, from 0');
  assert.equal(nextTime(due - 5 * 3600, 3, [2], today) - due, 3600, 'hourly, and not in the past');
});

test('a template is changed by an editor', async (t) => {
  const cloud = await quietCloud(t);
  cloud.file('t', 'NAME=t\nCPU=1\nMEMORY=64\nPCI=[CLASS="0302",VENDOR="10de"]\nPCI=[CLASS="0200"]\nOS=[ARCH="x86_64"]\n');
  const EDITOR = "sed -i -E -e '/^(NIC|PCI) *= *\\[.*\\] *$/d' -e '/^(NIC|PCI) *= *\\[/,/\\] *$/d'";
  await cloud.says({ 'onetemplate create t': ok('ID: 1') });
  await cloud.says({ 'onetemplate update 1 < /dev/null': OK }, { env: { EDITOR } });
  assert.deepEqual(cloud.read().templates[1]?.TEMPLATE, { CPU: '1', MEMORY: '64', OS: { ARCH: 'x86_64' } });
});

test('a machine that asks for what no host has waits, and says why; one that is held is deployed where it is told', async (t) => {
  const cloud = await quietCloud(t, (state) => {
    state.settings.MANAGER_TIMER = 0.1;
    state.templates.push({ ...state.templates[0], ID: '1', NAME: 'none', TEMPLATE: { CPU: '0.1', MEMORY: '64' } });
    state.nextId.templates = 2;
  });
  cloud.ssh('cat > /dev/null');
  cloud.file('large', 'MEMORY=999999\n');
  cloud.file('named', 'SCHED_REQUIREMENTS="NAME = kvm01 & !"\n');
  cloud.file('other', 'SCHED_REQUIREMENTS="NAME = \\"kvm07\\" | NAME = \\"kvm01\\""\n');
  const vm = (id: number) => cloud.read().vms.find((one) => int(one, 'ID') === id) ?? {};
  await cloud.says({
    'onetemplate instantiate none large': ok('VM ID: 1'),
    'onetemplate instantiate none named --name what': ok('VM ID: 2'),
    'onetemplate instantiate none other': ok('VM ID: 3'),
    'onetemplate instantiate none --hold': ok('VM ID: 4'),
  });
  await cloud.until(() => text(vm(3), 'LCM_STATE') === '1');
  for (const id of [1, 2]) assert.match(text(vm(id), 'USER_TEMPLATE/SCHED_MESSAGE'), /: No host meets/);
  assert.deepEqual([text(vm(3), 'NAME'), text(vm(4), 'STATE')], ['none-3', '2']);
  await cloud.says({
    'onevm deploy 4 kvm01': OK,
    'onevm deploy 3 0': refused('[one.vm.deploy] Deploy action is not available for state PROLOG'),
  });
  cloud.ssh('exit 255');
  await cloud.until(() => text(vm(4), 'LCM_STATE') === '39' || text(vm(4), 'LCM_STATE') === '36');
  const stuck = text(vm(4), 'LCM_STATE') === '39' ? 'PROLOG_FAILURE' : 'BOOT_FAILURE';
  await cloud.says({
    'onevm terminate --hard 4': refused(
      `[one.vm.action] Error performing action "terminate-hard": Could not terminate VM 4, wrong state ${stuck}.`,
    ),
    'onevm recover --delete 4': OK,
  });
  await cloud.until(() => text(vm(4), 'STATE') === '6');
});

test('where a machine is deployed there is asked for room only if that is told, and no host is refused but one that is offline', async (t) => {
  const host = (STATE: string, share: Record<string, string>) => (state: { hosts: Tree[] }) => {
    const [only = {}] = state.hosts;
    Object.assign(only, { STATE, PREV_STATE: STATE });
    Object.assign(only.HOST_SHARE as Tree, { MAX_CPU: '200', CPU_USAGE: '0', MAX_MEM: '65535', MEM_USAGE: '0', ...share });
  };
  const cloud = await quietCloud(t, (state) => {
    state.settings.MANAGER_TIMER = 0.1;
    state.templates.push({ ...state.templates[0], ID: '1', NAME: 'none', TEMPLATE: { CPU: '0.1', MEMORY: '64' } });
    state.nextId.templates = 2;
    host('4', { CPU_USAGE: '195' })(state);
  });
  cloud.ssh('cat > /dev/null');
  await cloud.says({
    'onetemplate instantiate none --hold': ok('VM ID: 1'),
    'onevm deploy --enforce 1 0': refused('[one.vm.deploy] virtual machine [1] does not fit in host [0]. Not enough CPU: 10/5'),
  });
  await cloud.edit(host('8', {}));
  await cloud.says({ 'onevm deploy 1 0': refused('[one.vm.deploy] Host is offline, cannot use it to deploy VM') });
  await cloud.edit(host('3', {}));
  await cloud.says({
    'onevm deploy -e 1 0': refused('[one.vm.deploy] virtual machine [1] does not fit in host [0]. Not enough memory: 65536/65535'),
    'onevm deploy 1 0': OK,
  });
});
