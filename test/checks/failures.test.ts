import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lastBackupSucceeded } from '../../support/checks/failures.ts';
import { failuresOf } from '../../support/opennebula/failures.ts';
import { judgedLines } from '../../support/opennebula/log.ts';
import { parseVirtualMachine, type VirtualMachine } from '../../support/opennebula/pools.ts';
import { storiesIn } from '../../support/opennebula/stories.ts';
import { recordedIn } from '../answers.ts';
import { image, link, looked, now, unread } from '../made.ts';
import { failureLog, failures } from '../recorded-failures.ts';
import { both, type Case, type Change, cases, judge, pool } from './cases.ts';
import { backedUp, backups, hours, job, jobs, lists, vm7 } from './production.ts';

/** A time so many hours ago as OpenNebula writes it, in UTC. */
const dateOf = (moment: number) => {
  const [, day = '', date = '', month = '', year = '', time = ''] =
    /^(\w+), (\d+) (\w+) (\d+) (\S+)/.exec(new Date(moment * 1000).toUTCString()) ?? [];
  return `${day} ${month} ${date.replace(/^0/, ' ')} ${time} ${year}`;
};
const ago = (count: number) => dateOf(now - hours(count));
const fails = (count: number, said = 'BACKUP: Command failed:export LANG=C… see more details in VM log') => `${ago(count)}: ${said}`;
const vm = (error: string, changes: Partial<VirtualMachine> = {}): Change => lists(vm7({ error, ...changes }));
const denied = 'oneadmin@backup01.example.net: Permission denied (publickey).';
const at = (clock: string, line: string) => `Mon Nov 23 ${clock} 2026 [Z0]${line}`;
/** A chain of these hours ago that OpenNebula flattens, and what there is besides. */
const flattens = (dates: readonly number[], ...others: readonly ReturnType<typeof image>[]): Change => {
  const increments = dates.map((date, id) => link(String(id), `aaaaa${id}`, now - hours(date)));
  return backups({ images: pool('images', image({ id: '5', vms: ['7'], state: 'locked', increments }), ...others) });
};
const older = image({ id: '1', vms: ['7'], registered: now - hours(100), newest: now - hours(100) });
/** The log of a backup that failed at three, two hours ago. */
const log = [
  at('02:59:30', '[VM][I]: New LCM state is BACKUP'),
  at('02:59:31', `[VMM][E]: backup:   [STDERR] "${denied}\\n"`),
  at('02:59:31', '[VMM][I]: Failed to execute datastore driver operation: backup.'),
  at('02:59:32', '[VM][I]: New LCM state is RUNNING'),
].join('\n');
const logs = (text: string): Change => backups({ logs: new Map([['7', looked(text, 'log 7')]]) });
const notRead = backups({ logs: new Map([['7', { fault: 'its log was not read: 20 at most', evidence: [], unread: true }]]) });
const failed = { failed: ['7'], updated: [] };
const locked = `${ago(2)} : [backup] User [0] : VM is locked. [7].`;
const ofOther = `${ago(1)} : [backup] User [0] : VM is locked. [8].`;
const full = `${ago(1)} : [backup] Not enough free space on target datastore`;
const asleep = (state: string, since: number) => ({ job: '2', state, ready: false, restsSince: now - hours(since) });
const resting = (state: string, since: number): Change => lists(vm7(asleep(state, since)));
const unborn = (state: string, host = ''): Change => lists(vm7({ job: '2', state, ready: false, unborn: true, host }));
/** Its job ran nine hours ago, and was refused for it; the words are of one VM. */
const refusedIn = (state: string, of = '7'): Change =>
  jobs(
    job({
      ...failed,
      lastAsked: now - hours(9),
      error: `${ago(9)} : [backup] Could not create a new backup for VM ${of}, wrong state ${state}.`,
    }),
  );
const again = 'Then back it up again: onevm backup -d 100 7.';

const table: readonly Case[] = [
  ['no error', both(vm(''), backedUp(9)), 'met', ['virtual-machines', 'images', 'jobs']],
  ['an error of an hour that comes twice', both(vm(fails(-0.9)), backedUp(9)), 'not-met'],
  ['an error dated in the future', both(vm(fails(-2)), backedUp(9)), 'undetermined', /which lies in the future/],
  ['an error older than the newest restore point', both(vm(fails(10)), backedUp(9)), 'met', ['virtual-machines', 'images', 'jobs']],
  [
    'an error newer than it',
    both(vm(fails(2)), backedUp(9)),
    'not-met',
    /^vm7 \(7\): expected its last backup to have succeeded, found that the one of 2026-11-23 02:59 UTC failed: “BACKUP: Command failed:export LANG=C.*The whole story stands in \/var\/log\/one\/7\.log on frontend01\.example\.net\. Then back it up again: onevm backup -d 100 7\.$/,
  ],
  [
    'an error, of which the log tells the cause',
    both(vm(fails(2)), backedUp(9), logs(log)),
    'not-met',
    `vm7 (7): expected its last backup to have succeeded, found that the one of 2026-11-23 02:59 UTC failed: “backup: ${denied.replace(/\.$/, '.')}”. Lend kvm01.example.net the front-end's key: start opennebula-ssh-agent on frontend01.example.net. ${again} Recheck: backup-compliance audit --only BDS-102`,
    ['virtual-machines', 'images', 'jobs', 'log 7'],
  ],
  ['a log that tells of an older failure alone', both(vm(fails(1)), backedUp(9), logs(log)), 'not-met', /“BACKUP: Command failed/],
  [
    'a log that cannot be read',
    both(vm(fails(2)), backedUp(9), backups({ logs: new Map([['7', unread('its log could not be read: Permission denied', 'log 7')]]) })),
    'not-met',
    /7\.log on frontend01\.example\.net \(its log could not be read: Permission denied\)\./,
  ],
  [
    'an error as OpenNebula writes it of a job',
    both(vm(`${ago(2)} : [backup] VM is locked.`), backedUp(9)),
    'not-met',
    /Unlock the VM: onevm unlock 7\. /,
  ],
  ['an error, and no restore point', vm(fails(2)), 'not-met'],
  [
    'another error in place of that of a backup, of which the log tells',
    both(vm(`${ago(1)}: DISK_ATTACH: it went wrong`), backedUp(9), logs(log)),
    'not-met',
    `vm7 (7): expected its last backup to have succeeded, found that the one of 2026-11-23 02:59 UTC failed: “backup: ${denied}”. Lend kvm01.example.net the front-end's key: start opennebula-ssh-agent on frontend01.example.net. ${again} Recheck: backup-compliance audit --only BDS-102`,
  ],
  [
    'another error, and a log of a failure that a success followed',
    both(vm(`${ago(1)}: x`), backedUp(1), logs(log)),
    'met',
    /not of a backup/,
  ],
  [
    'another error, and a log whose last backup was created',
    both(
      vm(`${ago(1)}: x`),
      backedUp(9),
      logs(log.replace(/.*Failed to execute.*/, at('02:59:31', '[VMM][I]: VM backup successfully created.'))),
    ),
    'met',
    /not of a backup/,
  ],
  [
    'another error, and a log that nobody has read',
    both(vm(`${ago(1)}: DISK_ATTACH: it went wrong`), backedUp(9), notRead),
    'undetermined',
    'vm7 (7): expected its last backup to have succeeded, found an error that may have taken the place of that of a backup, “Mon Nov 23 03:59:32 2026: DISK_ATTACH: it went wrong”, and its log was not read: 20 at most. Look how its last backup ended: grep -i backup /var/log/one/7.log on frontend01.example.net',
  ],
  [
    'another error, older than its newest restore point, and a log that nobody has read',
    both(vm(`${ago(10)}: x`), backedUp(9), notRead),
    'met',
    /not of a backup/,
  ],
  [
    'an error of a backup, and a log that nobody has read',
    both(vm(fails(2)), backedUp(9), notRead),
    'not-met',
    /\(its log was not read: 20 at most\)\. Then/,
  ],
  ['no error, and a log of a failure', both(vm(''), backedUp(9), logs(log)), 'met'],
  [
    'an error, of one in a job',
    both(vm(fails(2), { job: '2' }), backedUp(9)),
    'not-met',
    /Then back it up again: onebackupjob backup 2\.$/,
  ],
  ['an error, and a restore point elsewhere', both(vm(fails(2)), backedUp(1, { datastoreId: '101' })), 'not-met'],
  ['an error, and an image that is in ERROR', both(vm(fails(2)), backedUp(1, { state: 'error' })), 'not-met'],
  [
    'an error, and a newer increment',
    both(
      vm(fails(2)),
      backedUp(9, {
        increments: [9, 1].map((each, id) => ({
          id: String(id),
          parent: '-1',
          isFull: id === 0,
          sizeMb: 1,
          source: 'a',
          date: now - hours(each),
        })),
      }),
    ),
    'met',
  ],
  [
    'an error before the last link of a chain that is LOCKED',
    both(vm(fails(30)), flattens([60, 35, 9])),
    'met',
    'vm7 (7): image 5, which holds its last backup, is LOCKED.',
  ],
  [
    'an error before the last link of a chain that is LOCKED, and an older restore point',
    both(vm(fails(30)), flattens([60, 35, 9], older)),
    'met',
    'vm7 (7): image 5, which holds its last backup, is LOCKED.',
  ],
  [
    'no error, and a chain that is LOCKED',
    both(vm(''), flattens([60, 9])),
    'met',
    'vm7 (7): image 5, which holds its last backup, is LOCKED.',
  ],
  [
    'no error, a chain that is LOCKED, and an older restore point',
    both(vm(''), flattens([60, 9], older)),
    'met',
    ['virtual-machines', 'images', 'jobs'],
  ],
  [
    'an error after the last link of a chain that is LOCKED',
    both(vm(fails(2)), flattens([60, 35, 9])),
    'not-met',
    /of 2026-11-23 02:59 UTC failed/,
  ],
  ['an error, and a chain that is LOCKED and dated in the future', both(vm(fails(2)), flattens([60, -9])), 'not-met'],
  [
    'another error after a chain that is LOCKED, whose log tells of a failure before its last link',
    both(vm(`${ago(1)}: x`), flattens([60, 1.5], older), logs(log)),
    'met',
    /^vm7 \(7\): image 5, .* is LOCKED\. vm7 \(7\) shows an error that is not of a backup/,
  ],
  ['neither a backup nor an error', vm(''), 'not-applicable', /No backup of vm7 \(7\) has succeeded or failed so far: BDS-701/],
  [
    'another error',
    both(vm(`${ago(2)}: Error deploying VM`), backedUp(9)),
    'met',
    /^vm7 \(7\) shows an error that is not of a backup: .*Error deploying VM$/,
  ],
  [
    'another error that names a backup folder',
    both(vm(`${ago(2)}: copying /var/tmp/backup failed`), backedUp(9)),
    'met',
    /not of a backup/,
  ],
  [
    'an error of a backup without a time',
    both(vm('BACKUP: Command failed'), backedUp(9)),
    'undetermined',
    /without a time that can be read: “BACKUP: Command failed”\. See when that was: onevm show 7$/,
  ],
  [
    'one without a time, and a job that tells',
    both(vm('BACKUP: x', { job: '2' }), backedUp(9), jobs(job({ ...failed, error: locked }))),
    'not-met',
  ],
  [
    'the zone is not known',
    both(vm(fails(2)), backedUp(9), backups({ zone: unread('no answer', 'zone', 'Log in.') })),
    'undetermined',
    /found no answer\. Log in\.$/,
  ],
  ['the zone is not known, and there is no error', both(vm(''), backedUp(9), backups({ zone: unread('no answer', 'zone') })), 'met'],
  [
    'its job failed',
    both(vm('', { job: '2' }), backedUp(9), jobs(job({ ...failed, error: locked }))),
    'not-met',
    /that the one of 2026-11-23 02:59 UTC failed, by job nightly \(2\): “User \[0\] : VM is locked\. \[7\]\.”\. Unlock the VM: onevm unlock 7\. Then back it up again: onebackupjob retry 2\.$/,
  ],
  [
    'its job failed without a word',
    both(vm('', { job: '2' }), backedUp(11), jobs(job({ ...failed, lastAsked: now - hours(10) }))),
    'not-met',
    /of 2026-11-22 18:59 UTC failed, by job nightly \(2\): “no word why”/,
  ],
  [
    'its job failed before the newest restore point',
    both(vm('', { job: '2' }), backedUp(1), jobs(job({ ...failed, error: locked }))),
    'met',
  ],
  ['its job failed nobody knows when', both(vm('', { job: '2' }), backedUp(9), jobs(job({ ...failed, lastAsked: 0 }))), 'undetermined'],
  [
    'both failed, its own later',
    both(vm(fails(1), { job: '2' }), backedUp(9), jobs(job({ ...failed, error: locked }))),
    'not-met',
    /of 2026-11-23 03:59 UTC failed: /,
  ],
  [
    'both failed, its job later',
    both(vm(fails(3), { job: '2' }), backedUp(9), jobs(job({ ...failed, error: locked }))),
    'not-met',
    /of 2026-11-23 02:59 UTC failed, by job nightly/,
  ],
  [
    'it failed by itself, and another one of its job was refused later',
    both(vm(fails(2), { job: '2' }), backedUp(30), jobs(job({ ...failed, failed: ['7', '8'], error: ofOther, lastAsked: now - hours(3) }))),
    'not-met',
    /^vm7 \(7\): .* of 2026-11-23 02:59 UTC failed: “BACKUP: Command failed(?!.*unlock)(?!.*\[8\])/,
  ],
  [
    'it failed by itself in an earlier run, and another one of its job was refused',
    both(vm(fails(9), { job: '2' }), backedUp(30), jobs(job({ ...failed, failed: ['7', '8'], error: ofOther, lastAsked: now - hours(3) }))),
    'not-met',
    /of 2026-11-23 01:59 UTC failed, by job nightly \(2\): “no word why”(?!.*unlock)/,
  ],
  [
    'it failed by itself, and its job says of none why another was refused',
    both(vm(fails(2), { job: '2' }), backedUp(30), jobs(job({ ...failed, error: full, lastAsked: now - hours(3) }))),
    'not-met',
    /of 2026-11-23 02:59 UTC failed: “BACKUP: Command failed(?!.*Make room)/,
  ],
  ...[ofOther, `${ago(1)} : [backup] Could not create a new backup for VM 77, wrong state UNKNOWN.`].map(
    (error): Case => [
      `its job failed, and says why for another: ${error.slice(-20)}`,
      both(vm('', { job: '2' }), backedUp(9), jobs(job({ ...failed, error, lastAsked: now - hours(2) }))),
      'not-met',
      /of 2026-11-23 02:59 UTC failed, by job nightly \(2\): “no word why”\. The whole story stands in \/var\/log\/one\/7\.log/,
    ],
  ),
  [
    'its job failed, and names a datastore by its number',
    both(vm('', { job: '2' }), backedUp(9), jobs(job({ ...failed, error: `${ago(2)} : [backup] Error getting datastore [555].` }))),
    'not-met',
    /“Error getting datastore \[555\]\.”\. Name a backup datastore/,
  ],
  ...(['UNDEPLOYED', 'STOPPED', 'SUSPENDED'] as const).map(
    (state): Case => [
      `refused by its job since it is ${state}, from before its newest restore point on`,
      both(resting(state, 120), backedUp(109), refusedIn(state)),
      'met',
      `vm7 (7) is in state ${state} since 2026-11-18 04:59 UTC, in which OpenNebula refuses backups; its newest restore point is newer.`,
    ],
  ),
  [
    'refused by its job since it rests, which says so of another alone',
    both(resting('UNDEPLOYED', 120), backedUp(109), refusedIn('UNDEPLOYED', '8')),
    'met',
    /^vm7 \(7\) is in state UNDEPLOYED since /,
  ],
  [
    'refused by its job since it rests, from after its newest restore point on',
    both(resting('UNDEPLOYED', 100), backedUp(109), refusedIn('UNDEPLOYED')),
    'not-met',
    /wrong state UNDEPLOYED\.”\. OpenNebula backs up what is RUNNING or POWEROFF, and it is UNDEPLOYED\. Bring it there: onevm resume 7\. Then back it up again: onebackupjob retry 2\.$/,
  ],
  [
    'failed by its job before it came to rest, which says nothing of it',
    both(resting('UNDEPLOYED', 5), backedUp(109), refusedIn('UNKNOWN', '8')),
    'not-met',
    /“no word why”/,
  ],
  [
    'refused by its job for room, and it rests',
    both(resting('UNDEPLOYED', 120), backedUp(109), jobs(job({ ...failed, error: full }))),
    'not-met',
    /Make room/,
  ],
  [
    'an error of its own, and it rests',
    both(lists(vm7({ ...asleep('UNDEPLOYED', 120), error: fails(2) })), backedUp(109), refusedIn('UNDEPLOYED')),
    'not-met',
    /BACKUP: Command failed/,
  ],
  [
    'refused by its job since it is in HOLD, and was never begun',
    both(unborn('HOLD'), refusedIn('HOLD')),
    'not-applicable',
    /^vm7 \(7\) has not begun to run: it is in state HOLD\.$/,
  ],
  [
    'never begun, and its job says why another was refused',
    both(unborn('PENDING'), refusedIn('HOLD', '8')),
    'not-applicable',
    /has not begun to run/,
  ],
  ['never begun, and refused by its job for room', both(unborn('HOLD'), jobs(job({ ...failed, error: full }))), 'not-met', /Make room/],
  [
    'it waits for a host, and its job says nothing of it',
    both(unborn('PENDING', 'kvm01.example.net'), refusedIn('HOLD', '8')),
    'not-met',
    /no word why/,
  ],
  [
    'it waits for a host, ran after its newest restore point, and its job was refused for that',
    both(lists(vm7({ ...asleep('PENDING', 100), unborn: true })), backedUp(109), refusedIn('PENDING')),
    'not-met',
    /wrong state PENDING/,
  ],
  ...(['7', '8'] as const).map(
    (of): Case => [
      `it waits for a host, has not run since its newest restore point, and its job was refused for that of VM ${of}`,
      both(lists(vm7({ ...asleep('PENDING', 120), unborn: true })), backedUp(109), refusedIn('PENDING', of)),
      'met',
      'vm7 (7) has not run since 2026-11-18 04:59 UTC, and is in state PENDING, in which OpenNebula refuses backups; its newest restore point is newer.',
    ],
  ),
  ['another one of its job failed', both(vm('', { job: '2' }), backedUp(9), jobs(job({ failed: ['8'], error: locked }))), 'met'],
  [
    'jobs cannot be listed, and it is in one',
    both(vm('', { job: '2' }), backedUp(9), backups({ jobs: unread('no answer', 'jobs', 'Log in.') })),
    'undetermined',
  ],
  ['jobs cannot be listed, and it is in none', both(vm(''), backedUp(9), backups({ jobs: unread('no answer', 'jobs') })), 'met'],
  [
    'jobs cannot be listed, and it shows the failure',
    both(vm(fails(2), { job: '2' }), backedUp(9), backups({ jobs: unread('no answer', 'jobs') })),
    'not-met',
  ],
  [
    'refused for the datastore',
    both(vm('', { job: '2' }), backedUp(9), jobs(job({ ...failed, error: `${ago(2)} : [backup] Datastore needs to be of type BACKUP` }))),
    'not-met',
    /BDS-704/,
  ],
  [
    'refused for room',
    both(
      vm('', { job: '2' }),
      backedUp(9),
      jobs(job({ ...failed, error: `${ago(2)} : [backup] Not enough free space on target datastore` })),
    ),
    'not-met',
    /Make room/,
  ],
  [
    'refused for a quota',
    both(
      vm('', { job: '2' }),
      backedUp(9),
      jobs(job({ ...failed, error: `${ago(2)} : [backup] user [2] limit of 1 reached for IMAGES quota` })),
    ),
    'not-met',
    /Raise the quota/,
  ],
  [
    'refused for its state',
    both(
      vm('', { job: '2' }),
      backedUp(9),
      jobs(job({ ...failed, error: `${ago(2)} : [backup] Could not create a new backup for VM 7, wrong state UNKNOWN.` })),
    ),
    'not-met',
    /onevm show 7/,
  ],
];
cases(lastBackupSucceeded, 'vm7', table);

test('where images or the time are not told, nothing is', () => {
  for (const [change, what] of [
    [{ images: unread('no answer', 'images', 'Look.') }, /OpenNebula to list its images, found no answer/],
    [{ now: unread('no answer', 'now', 'Look.') }, /the time, to tell the age of restore points, found no answer/],
  ] as const) {
    const [judgement] = judge(lastBackupSucceeded, both(vm(fails(2)), backedUp(9), backups(change)));
    assert.equal(judgement?.outcome, 'undetermined');
    assert.match(judgement?.reason ?? '', what);
  }
});

test('what is measured is the last error, and where that is over the newest restore point', () => {
  const measured = (...changes: readonly Change[]) => judge(lastBackupSucceeded, both(...changes))[0]?.measured;
  assert.equal(measured(vm(fails(2)), backedUp(9)), 'last error 2026-11-23 02:59 UTC');
  assert.equal(measured(vm(''), backedUp(9)), 'no error, newest restore point 2026-11-22 19:59 UTC');
  const twice = both(vm(fails(3), { job: '2' }), backedUp(1), jobs(job({ ...failed, error: locked })));
  assert.equal(measured(twice), 'last error 2026-11-23 02:59 UTC, newest restore point 2026-11-23 03:59 UTC');
});

test('of local time the later of two hours counts, and all of it is in the zone of the front-end', () => {
  const local = { zone: looked('Europe/Berlin', 'zone') };
  const of = (clock: string) => vm(`Sun Oct 25 ${clock} 2026: BACKUP: Command failed`);
  const point = (utc: string) => {
    const time = Date.parse(`${utc}Z`) / 1000;
    return backedUp((now - time) / 3600);
  };
  const outcome = (clock: string, utc: string) => judge(lastBackupSucceeded, both(of(clock), backups(local), point(utc)))[0]?.outcome;
  assert.equal(outcome('02:30:00', '2026-10-25T01:29:59'), 'not-met');
  assert.equal(outcome('02:30:00', '2026-10-25T00:45:00'), 'not-met');
  assert.equal(outcome('02:30:00', '2026-10-25T01:30:01'), 'met');
  assert.equal(outcome('01:30:00', '2026-10-24T23:30:01'), 'met');
});

test('a VM in SNAPSHOT mode that is past help is named so', () => {
  const name = Object.keys(failures).find((each) => failures[each]?.cause?.includes('disk.0.snap/1')) ?? '';
  const text = judgedLines(failureLog(name));
  const [ended] = storiesIn(text, 0).flatMap(({ end, ended: time }) => (end === 'failed' && time !== undefined ? time : []));
  assert.ok(ended !== undefined, name);
  const clock = backups({ now: looked(ended + 600, 'backups-now') });
  const cloud = both(vm(`${dateOf(ended)}: BACKUP: Command failed`), backedUp((now - ended) / 3600 + 1), logs(text), clock);
  const [judgement] = judge(lastBackupSucceeded, cloud);
  assert.match(judgement?.reason ?? '', /Its increments are kept in SNAPSHOT mode, in which no second full backup can be made\.$/);
  assert.match(judgement?.fix ?? '', /^Set INCREMENT_MODE = "CBT" with onevm updateconf 7/);
});

test('all errors of backups that were recorded are read', () => {
  for (const path of ['7.4.0/second/q-backup-jobs/19-vm0-show-x-failed', '6.10.5/calls/081-onevm-show-x-failed']) {
    const [failure, ...others] = failuresOf(parseVirtualMachine(recordedIn(path)), [], 'UTC');
    assert.deepEqual(others, []);
    assert.ok((failure?.at ?? 0) > 1_795_000_000, path);
    assert.match(failure?.said ?? '', /^BACKUP: /);
  }
});
