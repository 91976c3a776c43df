/** Virtual machines that stop and start, are given another configuration, and are backed up again and again. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nextTime } from '../../lab/opennebula/scheduler.ts';
import type { State } from '../../lab/opennebula/state.ts';
import { ids, int, type Tree, text, trees } from '../../lab/opennebula/tree.ts';
import { OK, quietCloud, refused, type TestCloud } from './harness.ts';

const vmOf = (cloud: TestCloud): Tree => cloud.read().vms[0] ?? {};
const stateOf = (cloud: TestCloud) => `${text(vmOf(cloud), 'STATE')}/${text(vmOf(cloud), 'LCM_STATE')}`;
const config = (cloud: TestCloud) => trees(vmOf(cloud), 'BACKUPS/BACKUP_CONFIG')[0];

test('a virtual machine is stopped and started, as far as its state allows', async (t) => {
  const cloud = await quietCloud(t);
  const steps = { poweroff: '8/0', resume: '3/3', suspend: '5/0', stop: '4/0', 'resume vm': '3/3', 'undeploy --hard': '9/0' };
  for (const [command, state] of Object.entries(steps)) {
    assert.deepEqual(await cloud.run(`onevm ${command} ${command.includes('vm') ? '' : '0'}`), OK);
    assert.equal(stateOf(cloud), state, command);
  }
  assert.equal(text(vmOf(cloud), 'HISTORY_RECORDS/HISTORY/ACTION'), '6', 'undeploy-hard');
  const said = (action: string, why: string) => refused(`[one.vm.action] Error performing action "${action}": ${why}`);
  assert.deepEqual(await cloud.run('onevm poweroff --hard 0'), said('poweroff-hard', 'This action is not available for state UNDEPLOYED'));
  assert.deepEqual(await cloud.run('onevm resume 9'), refused('[one.vm.action] Error getting virtual machine [9].'));
  assert.deepEqual(
    await cloud.run('onevm backup -d 100 0'),
    refused('Error creating VM backup: [one.vm.backup] Not enough free space on target datastore'),
  );

  assert.deepEqual(
    await cloud.run('onevm backup-cancel 0'),
    refused('Error canceling VM backup: [one.vm.backupcancel] Could not cancel backup for VM 0, no backup in progress'),
  );
  assert.deepEqual(await cloud.run('onevm resume 0 -v'), { ...OK, stdout: 'VM 0: resuming\n' });
  await cloud.edit((state) => Object.assign(state.vms[0] ?? {}, { STATE: '3', LCM_STATE: '69' }));
  assert.deepEqual(await cloud.run('onevm terminate vm'), said('terminate', 'Could not terminate VM 0, wrong state BACKUP.'));
  await cloud.edit((state) => Object.assign(state.vms[0] ?? {}, { LCM_STATE: '3' }));
  assert.deepEqual(await cloud.run('onevm terminate --hard vm'), OK);
  const { images, hosts } = cloud.read();
  assert.deepEqual([ids(images[0] ?? {}, 'VMS'), text(images[0] ?? {}, 'STATE'), ids(hosts[0] ?? {}, 'VMS')], [[], '1', []]);
  assert.deepEqual(
    await cloud.run('onevm backup --schedule now -d 100 0'),
    refused("[one.vm.schedadd] Unable to create Scheduled Action for Virtual Machine 0, it's in DONE state"),
  );
});

test('a configuration says how backups are made', async (t) => {
  const cloud = await quietCloud(t);
  const update = (template: string, words = '') => cloud.run(`printf '%s' '${template}' | onevm updateconf 0 ${words}`);
  assert.deepEqual(await update('BACKUP_CONFIG = [ MODE = "INCREMENT", KEEP_LAST = "3" ]', '--append'), OK);
  const first = {
    ...{ BACKUP_VOLATILE: 'NO', FS_FREEZE: 'NONE', INCREMENTAL_BACKUP_ID: '-1', INCREMENT_MODE: 'CBT', INTERACTIVE: 'NO' },
    ...{ KEEP_LAST: '3', LAST_INCREMENT_ID: '-1', MODE: 'INCREMENT' },
  };
  // What is appended to nothing has only what is given.
  assert.deepEqual(config(cloud), { INCREMENTAL_BACKUP_ID: '-1', KEEP_LAST: '3', LAST_INCREMENT_ID: '-1', MODE: 'INCREMENT' });
  assert.ok(trees(vmOf(cloud), 'TEMPLATE/GRAPHICS')[0], 'what is not given stays');
  assert.deepEqual(await update('BACKUP_CONFIG=[MODE="INCREMENT",KEEP_LAST="3"]\nOS=[MACHINE="pc"]'), OK);
  assert.deepEqual(config(cloud), first);
  assert.equal(text(vmOf(cloud), 'TEMPLATE/OS/MACHINE'), 'pc');
  assert.equal(trees(vmOf(cloud), 'TEMPLATE/GRAPHICS')[0], undefined, 'what is not given is taken out');

  const chain = (state: State) => Object.assign(trees(state.vms[0] ?? {}, 'BACKUPS/BACKUP_CONFIG')[0] ?? {}, { LAST_INCREMENT_ID: '2' });
  await cloud.edit(chain);
  assert.deepEqual(await update('BACKUP_CONFIG=[FS_FREEZE="agent",KEEP_LAST="-4"]', '-a -v'), {
    ...OK,
    stdout: 'VM 0: Updating VM configuration\n',
  });
  assert.deepEqual(config(cloud), { ...first, FS_FREEZE: 'AGENT', KEEP_LAST: '0', LAST_INCREMENT_ID: '2' });
  assert.deepEqual(await update('BACKUP_CONFIG=[MODE="FULL"]', '-a'), OK);
  assert.deepEqual([config(cloud)?.MODE, config(cloud)?.LAST_INCREMENT_ID], ['FULL', '-1'], 'another mode forgets the chain');

  assert.deepEqual(await update('BACKUP_CONFIG="x"'), refused('[one.vm.updateconf] Internal error parsing BACKUP_CONFIG attribute.'));
  assert.deepEqual(await cloud.run('onevm updateconf 9'), refused('ERROR: [one.vm.info] Error getting virtual machine [9].'));
  const unknown = await cloud.run('echo "OS=[]" | onevm updateconf 9');
  assert.deepEqual(unknown, refused('[one.vm.updateconf] Error getting virtual machine [9].'));
  await cloud.edit((state) => Object.assign(state.vms[0] ?? {}, { LCM_STATE: '69' }));
  assert.deepEqual(await update('OS=[]'), refused('[one.vm.updateconf] configuration cannot be updated in state BACKUP'));
});

const action = (cloud: TestCloud, index = 0): Tree => trees(vmOf(cloud), 'TEMPLATE/SCHED_ACTION')[index] ?? {};

test('a backup that repeats is scheduled, changed, and refused', async (t) => {
  const cloud = await quietCloud(t);
  const backup = (words: string) => cloud.run(`onevm backup -d 100 0 --schedule "2030-01-07 02:00" ${words}`);
  const scheduled = { ...OK, stdout: 'VM 0: backup scheduled at 2030-01-07 02:00:00 +0000\n' };
  assert.deepEqual(await backup('--weekly 1,3 --end 5'), scheduled);
  const once = { ID: '0', PARENT_ID: '0', TYPE: 'VM', ACTION: 'backup', ARGS: '100,0', TIME: '1893981600' };
  const repeated = { REPEAT: '0', DAYS: '1,3', END_TYPE: '1', END_VALUE: '5', DONE: '-1', MESSAGE: '', WARNING: '0' };
  assert.deepEqual(action(cloud), { ...once, ...repeated });
  assert.match((await cloud.run('onevm show 0')).stdout, /^ +0 backup 100,0 01\/07 02:00 Weekly 1,3 After 5 times Next in \d/m);
  assert.deepEqual(await backup('--hourly 12'), scheduled);
  assert.deepEqual(
    [text(action(cloud, 1), 'REPEAT'), text(action(cloud, 1), 'END_TYPE'), text(action(cloud, 1), 'END_VALUE')],
    ['3', '0', '-1'],
  );
  assert.deepEqual(await backup('--monthly 1,15 --end 2030-06-30'), scheduled);
  assert.deepEqual([text(action(cloud, 2), 'END_TYPE'), text(action(cloud, 2), 'END_VALUE')], ['2', '1909008000']);

  const wrong = (why: string) => refused(`[one.vm.schedadd] ${why}`);
  assert.deepEqual(await backup('--weekly 7'), wrong('Days in a week have to be in [0,6] range'));
  assert.deepEqual(await backup('--monthly 0'), wrong('Days in a month have to be in [1,31] range'));
  assert.deepEqual(await backup('--hourly 200'), wrong('Hours have to be in [0,168] range'));
  assert.deepEqual(await backup('--hourly 1,2'), refused('invalid argument: --hourly 1,2'));

  cloud.file('later', 'TIME="1893981660"\nDAYS="0"\n');
  assert.deepEqual(await cloud.run('onevm sched-update 0 0 later'), OK);
  assert.deepEqual(
    [text(action(cloud), 'TIME'), text(action(cloud), 'DAYS'), text(action(cloud), 'ACTION')],
    ['1893981660', '0', 'backup'],
  );
  assert.deepEqual(await cloud.run('onevm sched-update 0 9 later'), refused('Sched action 9 not found'));
  assert.deepEqual(
    await cloud.run('onevm sched-delete 0 9'),
    refused('Error deleting: [one.vm.scheddelete] Error getting scheduled action [9].'),
  );
  assert.deepEqual(await cloud.run('onevm sched-update 9 0 later'), refused('Error [one.vm.info] Error getting virtual machine [9].'));
  cloud.file('never', 'TIME="soon"');
  const unreadable = 'Unable to parse the time value or value is empty: soon';
  assert.deepEqual(await cloud.run('onevm sched-update 0 0 never'), refused(`Error updating: [one.vm.schedupdate] ${unreadable}`));
});

test('one that is due is begun, and due again later; other actions are done, too', async (t) => {
  const cloud = await quietCloud(t, (state) => Object.assign(state.settings, { MANAGER_TIMER: 1 }));
  await cloud.run('onevm poweroff --schedule now --hourly 2 --end 3 0');
  const due = int(action(cloud), 'TIME');
  await cloud.until((state) => text(state.vms[0] ?? {}, 'STATE') === '8');
  await cloud.until((state) => text(trees(state.vms[0] ?? {}, 'TEMPLATE/SCHED_ACTION')[0] ?? {}, 'END_VALUE') === '2');
  assert.equal(int(action(cloud), 'TIME'), due + 7200);
  assert.ok(int(action(cloud), 'DONE') >= due);
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
