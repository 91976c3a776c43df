import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noBackupIsStuck } from '../../support/checks/schedules.ts';
import type { Schedules } from '../../support/facts/schedules.ts';
import { parseVirtualMachine, type ScheduledAction, type VirtualMachine } from '../../support/opennebula/pools.ts';
import { recordedIn } from '../answers.ts';
import {
  datastore,
  evidence,
  frontend01,
  kvm01,
  kvm02,
  looked,
  now,
  scheduledBackup,
  unread,
  virtualMachine,
  wholeCloud,
} from '../made.ts';
import { both, type Change, cases, frontend, met, pool } from './cases.ts';

type Action = Partial<Parameters<typeof scheduledBackup>[0]>;

/** A VM in which these backups are scheduled; and what else is so of it. */
const vm7 = (actions: readonly Action[], changes: Partial<VirtualMachine> = {}): VirtualMachine => {
  const backupActions = actions.map((action, at) => scheduledBackup({ id: String(at + 3), ...action }));
  return virtualMachine({ id: '7', name: 'vm7', scheduled: backupActions.map(({ id }) => id), backupActions, ...changes });
};

/** OpenNebula lists VMs, and shows those that have something scheduled. */
const shows =
  (...vms: readonly VirtualMachine[]): Change =>
  (cloud) => {
    const machines = vms.filter(({ scheduled }) => scheduled?.length !== 0).map((vm) => ({ listed: vm, ...looked(vm, `show ${vm.id}`) }));
    const schedules: Schedules = { ...cloud.schedules, machines, evidence: machines.flatMap((each) => each.evidence) };
    return frontend({ virtualMachines: pool('virtual-machines', ...vms) })({ ...cloud, schedules });
  };
const scheduled = (...actions: readonly Action[]) => shows(vm7(actions));
const more =
  (changes: Partial<Schedules>): Change =>
  (cloud) => ({ ...cloud, schedules: { ...cloud.schedules, ...changes } });

const minutes = (count: number): { time: number } => ({ time: now - count * 60 });
const tomorrow = { time: now + 86_400 };
const message = (said: string) => ({ message: `Mon Nov 23 05:03:14 2026 : [backup] ${said}` });
const rejected = (said: string, ago = 5) => ({ ...minutes(ago), ...message(said) });
const gone = { datastoreId: '999' };
const inBackup = (id: string, host: string) => virtualMachine({ id, name: `vm${id}`, host, inBackup: true, ready: false });
const hanging = (id: string, host: string, since = 361) => ({ ...inBackup(id, host), backupSince: now - since * 60 });
/** vm7 is overdue; another is listed as the first, and shown as the second. */
const newer =
  (listed: VirtualMachine, then: VirtualMachine): Change =>
  (cloud) =>
    frontend({ virtualMachines: pool('virtual-machines', vm7([minutes(60)]), listed) })(shows(vm7([minutes(60)]), then)(cloud));
const { datastoreId: _to, reset: _reset, ...plain } = scheduledBackup();
const other = (changes: Partial<ScheduledAction>): ScheduledAction => ({ ...plain, id: '2', ...changes });

const stuck = 'datastore 100: expected no scheduled backup to be stuck, found vm7 (7), action 3:';
const blocks = 'It blocks all later ones of its VM.';
const idle = 'Nothing holds it up. Look why OpenNebula does not begin it: grep SCH /var/log/one/oned.log';
const shown = ['virtual-machines', 'show 7', 'now'];

met(noBackupIsStuck, 'BDS-406 schedules', ['virtual-machines', 'now'], { measured: '0 of 1 VMs with something scheduled' });
cases(
  noBackupIsStuck,
  undefined,
  [
    ['due tomorrow', scheduled(tomorrow), 'met', shown],
    ['due 15 minutes ago', scheduled(minutes(15)), 'met', shown],
    ['begun, and not due again', scheduled({ ...minutes(900), done: now, dispatched: true }), 'met', shown],
    ['a repetition that has ended', scheduled({ ...minutes(900), repeats: true, until: now - 60 }), 'met', shown],
    ['a repetition that has been begun as often as was said', scheduled({ ...minutes(900), repeats: true, times: 0 }), 'met', shown],
    ['overdue by 16 minutes', scheduled(minutes(16)), 'not-met', ['show 7', 'now']],
    ['a repetition that is overdue is not to be deleted', scheduled({ ...minutes(120), repeats: true }), 'not-met'],
    ['overdue, and goes elsewhere', scheduled({ ...minutes(60), datastoreId: '1' }), 'met', shown],
    ['overdue in front of one to this datastore', scheduled({ ...minutes(60), ...gone, datastoreId: '100' }, tomorrow), 'not-met'],

    // Rejected, and nothing will change that by itself.
    ['its datastore is gone', scheduled({ ...rejected('Error getting datastore [999].'), ...gone }, minutes(1)), 'not-met'],
    ['its datastore is gone, from the first moment', scheduled({ ...minutes(0), ...gone }, tomorrow), 'not-met'],
    [
      'its datastore is gone, and it is due before ours',
      scheduled({ time: now + 60, ...gone }, tomorrow),
      'not-met',
      /goes to datastore 999, which is gone/,
    ],
    ['its datastore is gone, and ours comes first', scheduled({ ...tomorrow, ...gone }, { time: now + 60 }), 'met', shown],
    [
      'its datastore is gone, and ours comes first, and again',
      scheduled({ ...tomorrow, ...gone }, { time: now + 60, repeats: true }),
      'not-met',
      /in front of action 4/,
    ],
    ['its datastore is gone, and nothing comes behind it', scheduled({ ...minutes(60), ...gone }), 'met', shown],
    [
      'its datastore is of another type',
      both(
        scheduled({ ...minutes(0), datastoreId: '1' }, tomorrow),
        frontend({ datastores: pool('datastores', datastore(), datastore({ id: '1', name: 'default', type: 'img' })) }),
      ),
      'not-met',
      /it goes to datastore 1, which is no backup datastore, in front of action 4/,
    ],
    [
      'its datastore is gone, but it adds to a chain here',
      both(
        shows(vm7([gone, tomorrow], { keepsIncrements: true, chain: '8', lastIncrement: 0 })),
        frontend({ datastores: pool('datastores', datastore({ images: ['8'] })) }),
      ),
      'met',
      shown,
    ],
    ['the VM is locked', scheduled(rejected('User [0] : VM is locked. [7].')), 'not-met', /Unlock the VM: onevm unlock 7$/],
    [
      'the VM is locked, and the schedule repeats',
      scheduled({ ...rejected('User [0] : VM is locked. [7].'), repeats: true }),
      'not-met',
      /^(?!.*sched-delete)/,
    ],
    [
      'the VM is UNKNOWN',
      shows(vm7([rejected('Could not create a new backup for VM 7, wrong state UNKNOWN.')], { ready: false })),
      'not-met',
      /rejected: .*wrong state UNKNOWN\. It blocks .*onevm show 7$/,
    ],
    [
      'the VM was UNKNOWN a moment ago',
      scheduled(rejected('Could not create a new backup for VM 7, wrong state UNKNOWN.')),
      'met',
      /^Waiting: vm7 \(7\), action 3: rejected: .*UNKNOWN\.$/,
    ],
    ['rejected for another reason', scheduled(rejected('Error: no such thing.')), 'not-met'],
    [
      'a repetition rejected for another reason is not to be deleted',
      scheduled({ ...rejected('No.'), repeats: true }),
      'not-met',
      /^(?!.*sched-delete).*Correct what it says/,
    ],
    [
      'another kind of action is rejected in front of ours',
      shows(
        vm7([tomorrow], {
          otherActions: [other({ ...minutes(5), message: 'x : [poweroff] This action is not available for state SUSPENDED' })],
        }),
      ),
      'not-met',
      /action 2: rejected: This action is not available for state SUSPENDED, in front of action 3/,
    ],
    [
      'another kind of action comes in front of ours',
      shows(vm7([tomorrow], { otherActions: [other({ time: now + 60 })] })),
      'met',
      ['virtual-machines', 'show 7', 'now'],
    ],
    [
      'a repetition was rejected the last time, and is due tomorrow',
      scheduled({ ...tomorrow, ...message('No.'), repeats: true }),
      'met',
      shown,
    ],
    [
      'another kind of action is rejected behind which nothing is ours',
      shows(vm7([], { scheduled: ['2'], otherActions: [other({ ...minutes(60), message: 'No.' })] })),
      'met',
      shown,
    ],

    // Rejected for what passes, and has not passed.
    [
      'no room since 5 minutes',
      scheduled(rejected('Not enough free space on target datastore')),
      'met',
      /^Waiting: .*: rejected: Not enough free space/,
    ],
    [
      'no room since an hour',
      scheduled(rejected('Not enough free space on target datastore', 60)),
      'not-met',
      /overdue by 60 minutes; rejected: Not enough free space on target datastore\. It blocks .* Make room/,
    ],
    [
      'the quota is used up since an hour',
      scheduled(rejected('User [0] : user [2] limit of 1 reached for IMAGES quota in DATASTORE with ID: 100.', 60)),
      'not-met',
      /Raise the quota/,
    ],
    [
      'the VM migrates for an hour',
      shows(vm7([rejected('Could not create a new backup for VM 7, wrong state MIGRATE.', 60)], { ready: false })),
      'not-met',
      /overdue by 60 minutes; rejected/,
    ],

    // Waiting.
    [
      'a backup of it runs',
      shows(vm7([rejected('Could not create a new backup for VM 7, wrong state BACKUP.', 60)], { inBackup: true, ready: false })),
      'met',
      'Waiting: vm7 (7), action 3: overdue by 60 minutes; another backup of it is under way.',
    ],
    [
      'a backup of it has run',
      scheduled(rejected('Could not create a new backup for VM 7, wrong state BACKUP.', 60)),
      'met',
      /another backup of it is under way/,
    ],
    [
      'it is flattened',
      scheduled(rejected('Could not create a new backup for VM 7, consolidating backup increments', 60)),
      'met',
      'Waiting: vm7 (7), action 3: overdue by 60 minutes; its chain is being flattened.',
    ],
    [
      'it is flattened for as long as a backup may take',
      scheduled(rejected('Could not create a new backup for VM 7, consolidating backup increments', 360)),
      'met',
      /its chain is being flattened/,
    ],
    [
      'it is flattened for longer',
      scheduled(rejected('Could not create a new backup for VM 7, consolidating backup increments', 361)),
      'not-met',
      /action 3: overdue by 361 minutes; its chain is being flattened \(deadlines\.job: 360\)\. Until it ends, no backup .* \(ps -C qemu-img/,
    ],
    [
      'it was flattened, and the next backup runs',
      both(
        scheduled(rejected('Could not create a new backup for VM 7, consolidating backup increments', 361)),
        shows(
          vm7([rejected('Could not create a new backup for VM 7, consolidating backup increments', 361)], { inBackup: true, ready: false }),
        ),
      ),
      'met',
      /another backup of it is under way/,
    ],
    [
      'it is in HOLD',
      shows(vm7([minutes(600)], { unborn: true, ready: false, host: '' })),
      'met',
      'Waiting: vm7 (7), action 3: overdue by 600 minutes; the VM has not begun to run.',
    ],
    [
      'it was undeployed, and waits for a host',
      shows(vm7([minutes(600)], { unborn: true, ready: false, state: 'PENDING' })),
      'met',
      'Waiting: vm7 (7), action 3: overdue by 600 minutes; the VM is in state PENDING.',
    ],
    [
      'one runs on its host',
      shows(vm7([minutes(60)]), inBackup('8', kvm01)),
      'met',
      `Waiting: vm7 (7), action 3: overdue by 60 minutes; a backup of vm8 (8) runs on ${kvm01}, where it is.`,
    ],
    [
      'one hangs on its host',
      shows(vm7([minutes(60)]), hanging('8', kvm01)),
      'not-met',
      /overdue by 60 minutes; a backup of vm8 \(8\) runs since 361 minutes \(deadlines\.job: 360\)\. .*onevm backup-cancel 8/,
    ],
    [
      'one hangs on its host, and another one runs there',
      shows(vm7([minutes(60)]), hanging('8', kvm01), inBackup('9', kvm01)),
      'met',
      /^Waiting: /,
    ],
    [
      'one hangs on its host, and another one elsewhere',
      shows(vm7([minutes(60)]), hanging('9', kvm02), hanging('8', kvm01)),
      'not-met',
      /a backup of vm8 \(8\) runs since 361 minutes .*onevm backup-cancel 8\. /,
    ],
    [
      'one runs on its host by the list, and has ended when it was shown',
      newer(inBackup('8', kvm01), vm7([tomorrow], { id: '8', name: 'vm8' })),
      'not-met',
      /action 3: overdue by 60 minutes\./,
    ],
    [
      'one runs on its host when it is shown, and did not by the list',
      newer(virtualMachine({ id: '8', name: 'vm8' }), vm7([tomorrow], { id: '8', name: 'vm8', inBackup: true, ready: false })),
      'met',
      /a backup of vm8 \(8\) runs/,
    ],
    ['one hangs on its host for a quarter of an hour', shows(vm7([minutes(15)]), hanging('8', kvm01)), 'met'],
    ['one runs on its host for as long as it may', shows(vm7([minutes(60)]), hanging('8', kvm01, 360)), 'met', /^Waiting: /],
    [
      'all places are taken, one of them by one that hangs',
      shows(vm7([minutes(60)]), hanging('9', kvm02), ...['10', '11', '12', '13'].map((id) => inBackup(id, kvm02))),
      'not-met',
      /a backup of vm9 \(9\) runs since 361 minutes/,
    ],
    [
      'one of its own hangs, and ours is due tomorrow',
      shows(vm7([tomorrow], { inBackup: true, ready: false, backupSince: now - 361 * 60 })),
      'not-met',
      /action 3: a backup of it runs since 361 minutes .*onevm backup-cancel 7/,
    ],
    [
      'one of its own hangs, and nothing is scheduled to this datastore',
      shows(vm7([{ ...tomorrow, ...gone }], { inBackup: true, ready: false, backupSince: now - 361 * 60 })),
      'met',
    ],
    ['one runs on another host', shows(vm7([minutes(60)]), inBackup('8', kvm02)), 'not-met', /overdue by 60 minutes\./],
    [
      'as many run as may',
      shows(vm7([minutes(60)]), ...['10', '11', '12', '13', '14'].map((id) => inBackup(id, kvm02))),
      'met',
      /as many backups run as may: MAX_BACKUPS is 5/,
    ],
    ['one less runs', shows(vm7([minutes(60)]), ...['10', '11', '12', '13'].map((id) => inBackup(id, kvm02))), 'not-met'],
    [
      'MAX_BACKUPS is less',
      both(shows(vm7([minutes(60)]), inBackup('8', kvm02)), more({ limits: { inAll: 1, onHost: 1 } })),
      'met',
      /MAX_BACKUPS is 1/,
    ],
    [
      'it is behind one whose host is full',
      shows(
        vm7([minutes(60)]),
        virtualMachine({
          id: '9',
          name: 'vm9',
          host: kvm02,
          scheduled: ['1'],
          backupActions: [scheduledBackup({ id: '1', ...minutes(61) })],
        }),
        inBackup('10', kvm02),
        inBackup('11', kvm02),
      ),
      'met',
      /behind vm9 \(9\), on whose host/,
    ],
    [
      'one on its host was begun 30 s ago, and has ended',
      shows(vm7([minutes(60)]), vm7([{ done: now - 30, dispatched: true }], { id: '8', name: 'vm8' })),
      'met',
      /vm8 \(8\) runs/,
    ],
    [
      'one on its host was begun 30 s ago, and another of it before',
      shows(
        vm7([minutes(60)]),
        vm7(
          [
            { done: now - 30, dispatched: true },
            { done: now - 900, dispatched: true },
          ],
          { id: '8', name: 'vm8' },
        ),
      ),
      'met',
      /vm8 \(8\) runs/,
    ],
    [
      'one on its host was begun two minutes ago, and has ended',
      shows(vm7([minutes(60)]), vm7([{ done: now - 120, dispatched: true }], { id: '8', name: 'vm8' })),
      'not-met',
    ],
    [
      'one on its host has made its image 30 s ago',
      both(
        shows(vm7([minutes(60)]), virtualMachine({ id: '8', name: 'vm8' })),
        more({ ends: looked(new Map([['8', now - 30]]), 'images') }),
      ),
      'met',
      /vm8 \(8\) runs/,
    ],
    [
      'one on its host has made its image two minutes ago',
      both(shows(vm7([minutes(60)]), virtualMachine({ id: '8' })), more({ ends: looked(new Map([['8', now - 120]]), 'images') })),
      'not-met',
    ],

    // We cannot tell.
    [
      'whether one has just ended is not known',
      both(scheduled(minutes(60)), more({ ends: unread('oneimage: no', 'images') })),
      'undetermined',
      /overdue by 60 minutes, and whether a backup has just ended is not known: oneimage: no/,
    ],
    [
      'a VM is not shown',
      more({ machines: [{ listed: vm7([]), ...unread('onevm: no', 'show 7', 'Look.') }], evidence: [evidence({ command: 'show 7' })] }),
      'undetermined',
      shown,
    ],
    [
      'one is not shown, and another is stuck',
      (cloud) =>
        more({ machines: [{ listed: vm7([]), ...unread('onevm: no', 'show 8') }, ...shows(vm7([minutes(60)]))(cloud).schedules.machines] })(
          shows(vm7([minutes(60)]))(cloud),
        ),
      'not-met',
    ],
    [
      'the front-end’s clock was not told',
      both(scheduled({ time: 1 }), frontend({ now: unread('no answer (now: exit 1)', 'now', 'Look.') })),
      'undetermined',
      ['now'],
    ],
    [
      'VMs are not listed',
      frontend({ virtualMachines: unread('onevm: no', 'virtual-machines', 'Look.') }),
      'undetermined',
      /onevm: no\. Look\.$/,
    ],
  ],
  {
    'overdue by 16 minutes': `${stuck} overdue by 16 minutes. ${idle}. Then remove it, and schedule it anew: onevm sched-delete 7 3`,
    'a repetition that is overdue is not to be deleted': `${stuck} overdue by 120 minutes. ${idle}`,
    'its datastore is gone': `${stuck} rejected: Error getting datastore [999], in front of action 4 to this datastore. It can never run, and blocks those behind it. Remove it: onevm sched-delete 7 3`,
    'its datastore is gone, from the first moment': `${stuck} it goes to datastore 999, which is gone, in front of action 4 to this datastore. It can never run, and blocks those behind it. Remove it: onevm sched-delete 7 3`,
    'rejected for another reason': `${stuck} rejected: Error: no such thing. ${blocks} Remove it, then schedule it anew: onevm sched-delete 7 3`,
    'a VM is not shown':
      'datastore 100: expected no scheduled backup to be stuck, found that it cannot be told of every VM: vm7 (7): onevm: no. Look.',
    'the front-end’s clock was not told': `${frontend01}: expected the time, to tell whether a scheduled backup is overdue, found no answer (now: exit 1). Look.`,
  },
);

test('what was recorded, judged a while later', () => {
  const judged = (name: string, clock = 1_796_000_000) => {
    const vm = parseVirtualMachine(recordedIn(name));
    return [noBackupIsStuck.judge(frontend({ now: looked(clock, 'now') })(shows(vm)(wholeCloud())))].flat().map(({ outcome }) => outcome);
  };
  for (const [name, outcome] of [
    ['7.4.0/second/a-recurring-end-passed/05-onevm-show-x', 'met'],
    ['7.4.0/second/a0-list-extended/08-onevm-show-x-later', 'met'],
    ['7.4.0/second/a0-list-extended/11-onevm-show-x-rejected', 'not-met'],
    ['7.4.0/third/c-quota/10-onevm-show-x-over-images', 'not-met'],
    ['7.4.0/third/d-limit-mb/05-onevm-show-x', 'not-met'],
    // To datastores that are none or gone, and nothing of ours behind them.
    ['6.10.5/calls/057-onevm-show-x-rejected', 'met'],
  ] as const)
    assert.deepEqual(judged(name), [outcome], name);
  // Its backup began at 1795882645.
  const waiting = '7.4.0/second/b-due-while-in-backup/03-onevm-show-x-while-waiting';
  assert.deepEqual(judged(waiting, 1_795_882_645 + 6 * 3600), ['met']);
  assert.deepEqual(judged(waiting, 1_795_882_645 + 6 * 3600 + 1), ['not-met']);
});
