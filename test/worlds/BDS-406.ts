import { failing, intercepted, slow } from '../../lab/faults/calls.ts';
import { type Fault, prints, together } from '../../lab/faults/fault.ts';
import { ago, type Due, due, known, schedule, scheduledActions, set } from '../../lab/faults/opennebula.ts';
import { program } from '../../lab/faults/programs.ts';
import type { State as OpenNebula } from '../../lab/opennebula/state.ts';
import { type Tree, trees } from '../../lab/opennebula/tree.ts';
import { alone, noCommand, oneAtATime } from './faults.ts';
import { blocked, type Row, type Table, undetermined } from './world.ts';

/** A backup of VM 0 was due so many minutes ago, and OpenNebula says why it rejects it; the machine is in a state. */
const rejected = (what: string, minutes: number, says: string, state: Tree = {}, more: Tree = {}) =>
  known(
    what,
    (cloud) => {
      set('vms', 0, state)(cloud);
      schedule(0, ['960', minutes, says, more])(cloud);
    },
    prints('frontend01', 'onevm show -x 0', /<MESSAGE>.*\[backup\]/),
  );
const FLATTENED = 'Could not create a new backup for VM 0, consolidating backup increments';
const WRONG_STATE = 'Could not create a new backup for VM 0, wrong state';

/** What is so of other VMs while a backup of VM 0 is overdue by 40 minutes. */
const overdueWhile = (what: string, edit: (cloud: OpenNebula) => unknown) =>
  known(
    what,
    (cloud) => {
      schedule(0, ['970', 40])(cloud);
      edit(cloud);
    },
    scheduledActions,
  );

/** files01, the second VM, is on the host of the first. */
const onOneHost = ({ vms: [first, second] }: OpenNebula): unknown =>
  Object.assign(second ?? {}, { HISTORY_RECORDS: structuredClone(first?.HISTORY_RECORDS ?? {}) });
/** A backup of a VM has begun so many seconds ago, as OpenNebula keeps it: with a new record of its history. */
const inBackupSince =
  (vm: number, seconds: number) =>
  (cloud: OpenNebula): void => {
    set('vms', vm, { LCM_STATE: '69' })(cloud);
    const record = trees(cloud.vms[vm] ?? {}, 'HISTORY_RECORDS/HISTORY').at(-1) ?? {};
    Object.assign(record, { STIME: ago(seconds), RSTIME: ago(seconds), ETIME: '0', ACTION: '0' });
  };
const inBackup = inBackupSince(1, 600);
const hours = 3600;

/** More VMs like the second, each with a backup that is overdue. */
const manyOverdue = ({ vms }: OpenNebula): void => {
  const model = vms[1] ?? {};
  for (let id = 2; id < 8; id += 1) vms.push({ ...structuredClone(model), ID: String(id), NAME: `files0${id}` });
  for (const id of vms.keys()) schedule(id, [String(980 + id), 60])({ vms } as OpenNebula);
};

/** Forty VMs, of each of which a backup is due tomorrow. */
const many = (cloud: OpenNebula): void => {
  const model = cloud.vms[1] ?? {};
  for (let id = 2; id < 40; id += 1) cloud.vms.push({ ...structuredClone(model), ID: String(id), NAME: `files${id}` });
  for (const id of cloud.vms.keys()) schedule(id, [String(1000 + id), -1440])(cloud);
};

/** OpenNebula tells of VM 0 alone that it cannot. */
const unshown = (fault: Fault): Row => ({
  fault: together(`${fault.what}, of which backups are scheduled`, [due('', 0, ['951', -1440]), fault], fault.isBroken),
  reasons: /cannot be told of every VM: backup-probe \(0\): /,
});
const SHOW = { of: 'onevm', when: "'show -x 0'", tried: 'onevm show -x 0' };

export default {
  'backup-behind-another.not-met': {
    fault: due(
      'a backup waits behind another that is rejected and goes elsewhere',
      0,
      ['920', 70, 'Error getting datastore [999].', { ARGS: '999,0' }],
      ['921', 60],
    ),
    reasons: [
      /action 920: rejected: Error getting datastore \[999\], in front of action 921 to this datastore/,
      /Remove it: onevm sched-delete 0 920/,
    ],
  },
  'backup-of-older-opennebula.not-met': {
    fault: due('a scheduled backup as OpenNebula 6.6 writes it is overdue', 0, ['940', 45, '', { ARGS: '100' }]),
    reasons: /action 940: overdue by 45 minutes/,
  },
  'backup-overdue-for-days.not-met': {
    fault: due('a scheduled backup of VM 1 should have begun a week ago', 1, ['902', 7 * 24 * 60]),
    reasons: [/files01 \(1\), action 902: overdue by 10080 minutes/, /onevm sched-delete 1 902/],
  },
  'backup-overdue.not-met': {
    fault: due('a scheduled backup of VM 0 should have begun 16 minutes ago', 0, ['901', 16]),
    reasons: [/action 901: overdue by 16 minutes/, /onevm sched-delete 0 901/],
  },
  'backup-rejected.not-met': {
    fault: due('OpenNebula rejects a scheduled backup of VM 0 again and again', 0, ['900', 5, 'User [0] : VM is locked. [0].']),
    reasons: [/backup-probe \(0\), action 900: rejected: .*VM is locked/, /Unlock the VM: onevm unlock 0/],
  },
  'backup-repeated-late.not-met': {
    fault: known(
      'a backup that is repeated every day was due two hours ago, and begun only the day before',
      (cloud) => schedule(0, ['930', 120, '', { REPEAT: '3', DAYS: '24', DONE: ago(26 * 3600) }])(cloud),
      scheduledActions,
    ),
    reasons: [/action 930: overdue by 120 minutes/, /^(?!.*sched-delete)/s],
  },
  'backup-stuck.not-met': { fault: 'backup-stuck', reasons: [/overdue|rejected/, /onevm sched-delete 0/] },
  'backups-many-stuck.not-met': {
    fault: known('scheduled backups of eight VMs are stuck', manyOverdue, prints('frontend01', 'onevm show -x 7', /<ID>987</)),
    reasons: [/files02 \(2\), action 982: overdue by 60 minutes/, /and 3 more/],
  },
  'backups-of-many-scheduled.met': {
    fault: known('backups of forty VMs are scheduled', (cloud) => many(cloud), prints('frontend01', 'onevm show -x 39', /<ID>1039</)),
  },
  'backups-of-many-one-stuck.not-met': {
    fault: known(
      'backups of forty VMs are scheduled, and one of them is overdue',
      (cloud) => {
        many(cloud);
        schedule(35, ['988', 60])(cloud);
      },
      prints('frontend01', 'onevm show -x 35', /<ID>988</),
    ),
    reasons: /found files35 \(35\), action 988: overdue by 60 minutes\./,
  },
  'backup-queue-of-one.not-met': {
    fault: due('eight scheduled backups of VM 0 are overdue', 0, ...[1, 2, 3, 4, 5, 6, 7, 8].map((id): Due => [String(id), 60 + id])),
    reasons: /found backup-probe \(0\), action 8: overdue by 68 minutes\./,
  },
  'backup-datastore-gone-soon.not-met': {
    fault: due(
      'a backup to a datastore that is gone is due before one that is due tomorrow',
      0,
      ['961', -60, '', { ARGS: '999,0' }],
      ['962', -1440],
    ),
    reasons: [/action 961: it goes to datastore 999, which is gone, in front of action 962/, /onevm sched-delete 0 961/],
  },
  'backup-datastore-gone-behind.met': {
    fault: due('a backup to a datastore that is gone is due when ours is done', 0, ['961', -1440, '', { ARGS: '999,0' }], ['962', -60]),
  },
  'backup-to-images.not-met': {
    fault: due(
      'a backup to a datastore for images is due before one that is due tomorrow',
      0,
      ['961', 0, '', { ARGS: '1,0' }],
      ['962', -1440],
    ),
    reasons: /action 961: it goes to datastore 1, which is no backup datastore, in front of action 962/,
  },
  'backup-without-datastore.not-met': {
    fault: due(
      'a backup without a datastore is due before one that is due tomorrow',
      0,
      ['961', 1, 'Error getting datastore Pool.', { ARGS: '-1,0' }],
      ['962', -1440],
    ),
    reasons: /action 961: rejected: Error getting datastore Pool, in front of action 962/,
  },
  'backup-of-locked-repeats.not-met': {
    fault: rejected(
      'a backup of every night is rejected, since the VM is locked',
      5,
      'User [0] : VM is locked. [0].',
      {},
      { REPEAT: '3', DAYS: '24' },
    ),
    reasons: [/action 960: rejected: .*VM is locked/, /onevm unlock 0/, /^(?!.*sched-delete)/s],
  },
  'backup-of-unknown.not-met': {
    fault: rejected('the VM is UNKNOWN, and a backup of it is rejected', 2, `${WRONG_STATE} UNKNOWN.`, { LCM_STATE: '16' }),
    reasons: [/action 960: rejected: .*wrong state UNKNOWN/, /onevm show 0/],
  },
  'backup-of-undeployed.not-met': {
    fault: rejected('the VM is undeployed, and a backup of it is rejected', 2, `${WRONG_STATE} UNDEPLOYED.`, {
      STATE: '9',
      LCM_STATE: '0',
    }),
    reasons: /action 960: rejected: .*wrong state UNDEPLOYED/,
  },
  'backup-of-migrating.met': {
    fault: rejected('the VM is migrated, and a backup of it is rejected meanwhile', 2, `${WRONG_STATE} MIGRATE.`, {
      LCM_STATE: '4',
    }),
    notes: { 406: /Waiting: .*action 960: rejected: .*MIGRATE/ },
  },
  'backup-without-room.met': {
    fault: rejected('OpenNebula has no room for a backup since five minutes', 5, 'Not enough free space on target datastore'),
    notes: { 406: /Waiting: .*action 960: rejected: Not enough free space/ },
  },
  'backup-without-room-for-long.not-met': {
    fault: rejected('OpenNebula has no room for a backup since an hour', 60, 'Not enough free space on target datastore'),
    reasons: [/action 960: overdue by 60 minutes; rejected: Not enough free space/, /Make room in the datastore/],
  },
  'backup-over-quota.not-met': {
    fault: rejected(
      'the owner of the VM has used up the quota since an hour',
      60,
      'User [0] : user [2] limit of 1 reached for IMAGES quota in DATASTORE with ID: 100.',
    ),
    reasons: [/action 960: overdue by 60 minutes; rejected: .*limit of 1 reached/, /Raise the quota/],
  },
  'other-action-rejected.not-met': {
    fault: due(
      'a scheduled action that is no backup is rejected, and a backup comes behind it',
      0,
      ['963', 5, 'This action is not available for state RUNNING', { ACTION: 'resume', ARGS: '' }],
      ['962', -1440],
    ),
    reasons: /action 963: rejected: This action is not available for state RUNNING, in front of action 962/,
  },
  'backup-ended.met': {
    fault: due('a backup that was repeated has ended, as OpenNebula keeps it', 0, [
      '964',
      3 * 1440,
      '',
      { REPEAT: '3', DAYS: '1', END_TYPE: '2', END_VALUE: ago(2 * 86_400), DONE: ago(3 * 86_400 - 8) },
    ]),
  },
  'backup-ended-before-its-turn.met': {
    fault: due('a backup that was repeated was due once more after its end', 0, [
      '964',
      1440,
      '',
      { REPEAT: '3', DAYS: '24', END_TYPE: '2', END_VALUE: ago(86_400 + 3600), DONE: ago(2 * 86_400) },
    ]),
  },
  'backup-ended-by-count.met': {
    fault: due('a backup has been repeated as often as was said', 0, [
      '964',
      1440,
      '',
      { REPEAT: '3', DAYS: '24', END_TYPE: '1', END_VALUE: '0', DONE: ago(2 * 86_400) },
    ]),
  },
  'backup-during-backup.met': {
    fault: known(
      'a backup is due while another one of the VM runs',
      (cloud) => {
        inBackupSince(0, 3 * hours)(cloud);
        schedule(0, ['960', 40, `${WRONG_STATE} BACKUP.`])(cloud);
      },
      prints('frontend01', 'onevm show -x 0', /<MESSAGE>.*\[backup\]/),
    ),
    notes: { 406: /Waiting: .*action 960: overdue by 40 minutes; another backup of it is under way/ },
  },
  'backup-behind-flatten.met': {
    fault: rejected('a backup is due while the chain of its VM is flattened', 40, FLATTENED),
    notes: { 406: /Waiting: .*action 960: overdue by 40 minutes; its chain is being flattened/ },
  },
  'backup-behind-hung-flatten.not-met': {
    fault: rejected('a backup is due for seven hours, while the chain of its VM is flattened', 7 * 60, FLATTENED),
    reasons: [/action 960: overdue by 420 minutes; its chain is being flattened \(deadlines\.job: 360\)/, /ps -C qemu-img/],
  },
  'backup-held.met': {
    fault: known(
      'a backup is due of a VM in HOLD',
      (cloud) => {
        set('vms', 0, { STATE: '2', LCM_STATE: '0' })(cloud);
        schedule(0, ['970', 600])(cloud);
      },
      prints('frontend01', 'onevm show -x 0', /<STATE>2</),
    ),
    notes: { 406: /has not begun to run/ },
  },
  'backup-behind-one-of-its-host.met': {
    fault: overdueWhile('a backup is overdue while another one runs on its host', (cloud) => [onOneHost(cloud), inBackup(cloud)]),
    notes: { 406: /a backup of files01 \(1\) runs on kvm01/ },
  },
  'backup-behind-one-just-ended.met': {
    fault: overdueWhile('a backup is overdue while one that was begun on its host a moment ago has ended', (cloud) => [
      onOneHost(cloud),
      schedule(1, ['971', 60, '', { DONE: ago(10) }])(cloud),
    ]),
    notes: { 406: /a backup of files01 \(1\) runs on kvm01/ },
  },
  'backup-behind-its-own-hung.not-met': {
    fault: known(
      'a backup hangs for seven hours, and the next is due tomorrow',
      (cloud) => {
        inBackupSince(0, 7 * hours)(cloud);
        schedule(0, ['973', -1440])(cloud);
      },
      prints('frontend01', 'onevm show -x 0', /<LCM_STATE>69</),
    ),
    reasons: [/backup-probe \(0\), action 973: a backup of it runs since 42\d minutes \(deadlines\.job: 360\)/, /onevm backup-cancel 0/],
  },
  'backup-behind-hung-of-its-host.not-met': {
    fault: overdueWhile('a backup is overdue behind one on its host that hangs for seven hours', (cloud) => [
      onOneHost(cloud),
      inBackupSince(1, 7 * hours)(cloud),
    ]),
    reasons: [/action 970: overdue by 40 minutes; a backup of files01 \(1\) runs since 42\d minutes/, /onevm backup-cancel 1/],
  },
  'backup-behind-hung-in-all-places.not-met': {
    fault: together('a backup is overdue, and one that hangs elsewhere takes the only place', [
      overdueWhile('', inBackupSince(1, 7 * hours)),
      oneAtATime,
    ]),
    reasons: [/action 970: overdue by 40 minutes; a backup of files01 \(1\) runs since 42\d minutes/, /onevm backup-cancel 1/],
  },
  'backup-behind-slow-one.met': {
    fault: together('a backup is overdue while one that is known to be slow takes the only place', [
      overdueWhile('', inBackupSince(1, 7 * hours)),
      oneAtATime,
    ]),
    site: { deadlines: { job: 8 * hours } },
    notes: { 406: /MAX_BACKUPS is 1/ },
  },
  'backup-beside-one-elsewhere.not-met': {
    fault: overdueWhile('a backup is overdue while one runs on another host', inBackup),
    reasons: /action 970: overdue by 40 minutes/,
  },
  'backup-behind-as-many-as-may.met': {
    fault: together('a backup is overdue while as many run elsewhere as may, which is one', [overdueWhile('', inBackup), oneAtATime]),
    notes: { 406: /MAX_BACKUPS is 1/ },
  },
  'onevm-show-fails.undetermined': unshown(
    failing('onevm fails to show VM 0', 'frontend01', { ...SHOW, says: '[one.vm.info] Internal error', exit: 255 }),
  ),
  'onevm-show-hangs.undetermined': {
    ...unshown(slow('onevm never shows VM 0', 'frontend01', SHOW)),
    site: { deadlines: { command: 4 } },
  },
  'onevm-show-halved.undetermined': unshown(
    intercepted('onevm shows half of VM 0', 'frontend01', {
      ...SHOW,
      act: '$real "$@" | head -c 900; exit 0',
      looks: /^(?!.*<\/VM>)/s,
    }),
  ),
  'onevm-show-other.undetermined': unshown(
    intercepted('onevm shows another VM than 0', 'frontend01', {
      ...SHOW,
      act: 'exec $real show -x 1',
      looks: /<NAME>files01/,
    }),
  ),
  'onevm-show-without-actions.undetermined': unshown(
    intercepted('onevm shows VM 0 without what is scheduled', 'frontend01', {
      ...SHOW,
      act: `$real "$@" | perl -0pe 's#<SCHED_ACTION>.*</SCHED_ACTION>##gs'; exit 0`,
      looks: /<SCHED_ACTIONS>\s*<ID>951(?!.*<SCHED_ACTION>)/s,
    }),
  ),
  'onevm-empty-with-error.blocked': {
    fault: alone('onevm', 'prints an empty pool, and an error'),
    also: { ...undetermined('304'), ...blocked('407') },
    reasons: { 304: [/onevm list -x/, /said “execution expired”/] },
  },
  'onevm-pool-of-words.blocked': {
    fault: alone('onevm', 'prints a pool that holds words'),
    also: { ...undetermined('304'), ...blocked('407') },
    reasons: { 304: [/onevm list -x/, /found “execution expired”/] },
  },
  'backups-of-all-stuck.not-met': {
    fault: known(
      'the scheduled backups of all VMs are stuck',
      (cloud) => cloud.vms.map((_, vm) => schedule(vm, [String(910 + vm), 90])(cloud)),
      scheduledActions,
    ),
    reasons: [/backup-probe \(0\)/, /files01 \(1\)/],
  },
  'clock-garbage.undetermined': {
    fault: program('date on the front-end prints no number', 'frontend01', {
      name: 'date',
      script: 'echo soon',
      looks: prints('frontend01', 'date', /soon/),
    }),
    reasons: /expected the time/,
  },
  'clock-unknown.undetermined': {
    fault: program('date on the front-end does not run', 'frontend01', {
      name: 'date',
      script: 'echo date: broken >&2; exit 1',
      looks: prints('frontend01', 'date', /date: broken/),
    }),
    reasons: [/expected the time/, /date|no answer/],
  },
  'onevm-halved.blocked': {
    fault: alone('onevm', 'prints half of what it should'),
    also: { ...undetermined('304'), ...blocked('407') },
    reasons: { 304: [/onevm list -x/, /not the pool, or not all of it/] },
  },
  'onevm-missing.blocked': {
    fault: noCommand('onevm'),
    also: { ...undetermined('304'), ...blocked('407') },
    reasons: { 304: /onevm list -x.*: command not found/ },
  },
} satisfies Table;
