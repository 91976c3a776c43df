import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { jobsMakeProgress } from '../../support/checks/jobs.ts';
import { datastore, image, kvm01, now, unread, virtualMachine } from '../made.ts';
import { both, type Case, type Change, cases, frontend, judge, pool, site } from './cases.ts';
import { backups, every, hours, job, jobs, lists, vm7 } from './production.ts';

const vms = (...others: readonly ReturnType<typeof virtualMachine>[]): Change => lists(vm7({ job: '2' }), ...others);
/** Every night, unless it is scheduled otherwise. */
const nightly = (changes: Parameters<typeof job>[0], ...actions: Parameters<typeof vm7>[1][]): Change =>
  both(vms(), jobs(job(changes, ...(actions.length > 0 ? actions : [every(24)]))));
const rejected = (said: string) => ({ message: `Mon Nov 23 05:03:14 2026 : [backup] ${said}` });
/** A run that was asked for so many hours ago, and has nothing done. */
const asked = (ago: number) => ({ lastAsked: now - hours(ago), updated: [], outdated: ['7'] });
const backingUp = (ago: number) => ({ ...asked(ago), outdated: [], backingUp: ['7'] });
const inBackup = (id: string, host: string, ago = 1) =>
  virtualMachine({ id, name: `vm${id}`, host, inBackup: true, ready: false, backupSince: now - hours(ago) });
const still = 'job nightly (2): expected a backup job that makes progress, found none of it has finished for';
const end = 'Then end the run, which keeps the next from beginning: onebackupjob cancel 2.';

const table: readonly Case[] = [
  ['all of it done', nightly({}, every(24)), 'met', ['jobs', 'job 2', 'virtual-machines', 'backups-now']],
  [
    'no schedule',
    both(vms(), jobs(job())),
    'met',
    'job nightly (2) has no schedule: it runs when somebody asks for it.',
    ['jobs', 'virtual-machines', 'backups-now'],
  ],
  ['no VM', nightly({ vms: [], updated: [] }), 'met', 'job nightly (2) holds no VM.'],
  ['it never ran', nightly({ lastAsked: 0, updated: [] }), 'met'],
  ['what failed is another requirement', nightly({ updated: [], failed: ['7'], error: 'x' }), 'met'],
  [
    'a VM that does not exist',
    nightly({ vms: ['7', '999'] }),
    'not-met',
    'job nightly (2): expected a backup job that makes progress, found VM 999 of it does not exist. Take what does not exist out of its BACKUP_VMS: onebackupjob update 2',
  ],
  ['two that do not exist', nightly({ vms: ['7', '998', '999'] }), 'not-met', /VM 998; 999 of it do not exist/],
  [
    'one that was terminated',
    both(vms(virtualMachine({ id: '8', state: 'DONE' })), jobs(job({ vms: ['7', '8'] }))),
    'not-met',
    /VM 8 of it does not/,
  ],
  [
    'a datastore for images',
    both(nightly({ datastoreId: '1' }), frontend({ datastores: pool('datastores', datastore({ id: '1', name: 'default', type: 'img' })) })),
    'not-met',
    /found it goes to datastore default \(1\), which is no backup datastore\. Name a backup datastore as its DATASTORE_ID: onebackupjob update 2$/,
  ],
  ['a datastore that is gone', nightly({ datastoreId: '999' }), 'not-met', /it goes to datastore 999, which is gone/],
  ['no datastore', nightly({ datastoreId: '' }), 'not-met', /it names no datastore/],
  [
    'another backup datastore',
    both(nightly({ datastoreId: '101' }), frontend({ datastores: pool('datastores', datastore({ id: '101', name: 'other' })) })),
    'met',
  ],
  [
    'a rejected schedule',
    nightly({}, every(24, rejected('User [3] : Not authorized.'))),
    'not-met',
    /its action 20 is rejected: User \[3\] : Not authorized\. It blocks .*: onebackupjob sched-delete 2 20$/,
  ],
  [
    'a schedule that waits for the run before',
    nightly({}, every(24, rejected('Unable to execute Backup Job, pending backups in progress'))),
    'met',
  ],
  [
    'a run that is due since seven hours, and that nobody begins',
    nightly({}, every(24, { time: now - hours(7) })),
    'not-met',
    /found its action 20 is overdue by 7 h, and none of its VMs waits\. Look why OpenNebula does not begin it: grep SCH/,
  ],
  ['a run that is due since six hours', nightly({}, every(24, { time: now - hours(6) })), 'met'],
  ['a run that is due, behind one under way', nightly(asked(1), every(24, { time: now - hours(7) })), 'met'],
  ['a run that was the last', nightly({}, every(24, { time: now - hours(7), times: 0 })), 'met'],
  ['a run that is over since', nightly({}, every(24, { time: now - hours(7), until: now - hours(8) })), 'met'],
  [
    'a run that was the last one in its time',
    nightly({}, every(24, { time: now - hours(7), until: now - hours(7) })),
    'not-met',
    /overdue/,
  ],
  ['a run that was begun', nightly({}, every(24, { time: now - hours(7), dispatched: true })), 'met'],
  [
    'a run that is due, and OpenNebula says why it waits',
    nightly({}, every(24, { time: now - hours(7), ...rejected('Unable to execute Backup Job, pending backups in progress') })),
    'met',
  ],
  [
    'a run that is due, while one is backed up and one waits',
    nightly({ ...asked(1), vms: ['7'], backingUp: ['8'] }, every(24, { time: now - hours(7) })),
    'met',
  ],
  ['VMs that could not be listed', both(nightly({}), frontend({ virtualMachines: unread('no', 'virtual-machines') })), 'met'],
  ['OUTDATED since six hours', nightly(asked(6)), 'met'],
  [
    'OUTDATED since seven hours',
    nightly(asked(7)),
    'not-met',
    `${still} 7 h (deadlines.job: 6 h), with OUTDATED 7. Look why OpenNebula does not go on with it: grep SCH /var/log/one/oned.log. ${end} If it is well and slow, raise deadlines.job in the site file.`,
  ],
  [
    'BACKING_UP since seven hours',
    nightly(backingUp(7)),
    'not-met',
    /with BACKING_UP 7\. Look whether the backup server answers: a backup of VM 7/,
  ],
  ['BACKING_UP since seven hours, and the deadline is longer', both(nightly(backingUp(7)), deadline(8)), 'met'],
  ['one was done an hour ago', nightly({ ...asked(7), vms: ['7'], updated: ['8'], lasted: hours(6) }), 'met'],
  ['one was done, and long ago', nightly({ ...asked(14), updated: ['8'], lasted: hours(6) }), 'not-met', /for 8 h/],
  ['the figure is of the run before', nightly({ ...asked(7), lasted: hours(6) }), 'not-met', /for 7 h/],
  [
    'a backup of it ended an hour ago',
    both(nightly(asked(7)), backups({ images: pool('images', image({ vms: ['7'], newest: now - hours(1) })) })),
    'met',
  ],
  ['its turn came an hour ago', both(lists(inBackup('7', kvm01)), jobs(job(backingUp(7), every(24)))), 'met'],
  ['its backup hangs', both(lists(inBackup('7', kvm01, 7)), jobs(job(backingUp(8)))), 'not-met', /for 7 h/],
  [
    'it waits for a place on its host',
    both(vms(inBackup('8', kvm01), inBackup('9', kvm01)), jobs(job(asked(7), every(24)))),
    'met',
    `job nightly (2) waits since 7 h: on ${kvm01} as many backups run as may (MAX_BACKUPS_HOST is 2).`,
  ],
  [
    'it waits for any place',
    both(vms(inBackup('8', 'kvm03')), jobs(job(asked(7), every(24))), backups({ limits: { inAll: 1, onHost: 2 } })),
    'met',
    'job nightly (2) waits since 7 h: as many backups run as may (MAX_BACKUPS is 1).',
  ],
  [
    'all places of another host are taken',
    both(vms(inBackup('8', 'kvm03'), inBackup('9', 'kvm03')), jobs(job(asked(7)))),
    'not-met',
    /with OUTDATED 7\./,
  ],
  [
    'one of it is BACKING_UP, and all places are taken',
    both(vms(inBackup('8', kvm01), inBackup('9', kvm01)), jobs(job({ ...asked(7), backingUp: ['7'] }))),
    'not-met',
    /with BACKING_UP 7\./,
  ],
  ['one that waits, and is gone', nightly({ ...asked(7), vms: ['999'], outdated: ['999'] }), 'not-met', /999 of it does not exist; none/],
  ['one place is free', both(vms(inBackup('8', kvm01)), jobs(job(asked(7)))), 'not-met'],
  ['all places are taken by what hangs', both(vms(inBackup('8', kvm01, 7), inBackup('9', kvm01, 7)), jobs(job(asked(7)))), 'not-met'],
  [
    'its schedule cannot be shown',
    both(nightly({ scheduled: ['20'] }), backups({ shownJobs: [{ listed: job(), ...unread('no answer', 'job 2') }] })),
    'undetermined',
    /found no answer\. Run it again\.$/,
  ],
  [
    'it cannot be shown, and is wrong anyway',
    both(nightly({ vms: ['9'] }), backups({ shownJobs: [{ listed: job(), ...unread('no answer', 'job 2') }] })),
    'not-met',
  ],
  [
    'two things at once',
    nightly({ datastoreId: '999', vms: ['9'] }),
    'not-met',
    /found it goes to datastore 999, which is gone; VM 9 of it does not exist\. Name a backup/,
  ],
];
cases(jobsMakeProgress, 'nightly', table);

function deadline(count: number): Change {
  return (cloud) => site({ deadlines: { ...cloud.site.deadlines, job: hours(count) } })(cloud);
}

describe('BDS-704 of no job', () => {
  const none: readonly Case[] = [
    ['there is none', both(vms(), jobs()), 'not-applicable', 'OpenNebula has no backup jobs.'],
    ['a release without', both(vms(), backups({ jobs: { value: undefined, evidence: [] } })), 'not-applicable', /they came with 6\.8/],
    [
      'they cannot be listed',
      both(vms(), backups({ jobs: unread('no answer', 'jobs', 'Log in.') })),
      'undetermined',
      /expected OpenNebula to list its backup jobs, found no answer/,
    ],
    [
      'the time is not known',
      both(nightly({}), backups({ now: unread('no answer', 'now', 'Log in.') })),
      'undetermined',
      /the time, to tell how long a run/,
    ],
  ];
  cases(jobsMakeProgress, undefined, none);
});

test('each job is judged by its own schedule, and one that never ran has no time of it', () => {
  const second = job({ id: '3', name: 'weekly', lastAsked: 0 }, every(24, rejected('User [3] : Not authorized.')));
  const told = judge(jobsMakeProgress, both(vms(), jobs(job({}, every(24)), second))).map(({ outcome, measured }) => [outcome, measured]);
  assert.deepEqual(told, [
    ['met', 'last run asked for at 2026-11-22 19:59 UTC'],
    ['not-met', undefined],
  ]);
});

test('each job is judged by itself', () => {
  const cloud = both(vms(), jobs(job(), job({ id: '3', name: 'weekly', vms: ['9'] })));
  const told = judge(jobsMakeProgress, cloud).map(({ subject, outcome, measured }) => [
    subject?.kind,
    subject?.name,
    subject?.id,
    outcome,
    measured,
  ]);
  assert.deepEqual(told, [
    ['job', 'nightly', '2', 'met', 'last run asked for at 2026-11-22 19:59 UTC'],
    ['job', 'weekly', '3', 'not-met', 'last run asked for at 2026-11-22 19:59 UTC'],
  ]);
});
