import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { planInWords, plansOf, scheduledOftenEnough } from '../../support/checks/plans.ts';
import { datastore, now, unread, wholeCloud } from '../made.ts';
import { both, type Case, type Change, cases, frontend, pool } from './cases.ts';
import { backups, every, hours, job, jobs, lists, owes, vm7 } from './production.ts';

const scheduled = (...actions: Parameters<typeof vm7>[1][]) => lists(vm7({}, ...actions));
const inJob = (changes: Parameters<typeof job>[0], ...actions: Parameters<typeof vm7>[1][]): Change =>
  both(lists(vm7({ job: '2' })), jobs(job(changes, ...actions)));
const weekly = every(1, { every: 'week', days: [0] });
const rejected = (said: string) => ({ message: `Mon Nov 23 05:03:14 2026 : [backup] ${said}` });
const images = pool(
  'datastores',
  datastore(),
  datastore({ id: '1', name: 'default', type: 'img' }),
  datastore({ id: '101', name: 'other' }),
);
const more: Change = frontend({ datastores: images });
const beside = frontend({ datastores: pool('datastores', datastore(), datastore({ id: '101', name: 'other', images: ['8'] })) });
const chained = vm7({ job: '2', keepsIncrements: true, chain: '8', lastIncrement: 1 });
const again = "Schedule it: onevm backup -d 100 7 --schedule '2026-11-23 06:00' --hourly 24";
const byJob = "Schedule it: onebackupjob backup 2 --schedule '2026-11-23 06:00' --hourly 24";
const none = 'vm7 (7): expected a backup at least every 26 h, found no backup of it that repeats and counts';

const table: readonly Case[] = [
  ['every day', scheduled(every(24)), 'met', ['show 7']],
  [
    'every 26 hours, which is the RPO',
    scheduled(every(26)),
    'met',
    /the longest gap is 26 h of 26 h, so that nothing is left for the backup itself/,
  ],
  ['every 25 hours, which is close to it', scheduled(every(25)), 'met', /nothing is left for the backup itself/],
  [
    'every 27 hours',
    scheduled(every(27)),
    'not-met',
    `vm7 (7): expected a backup at least every 26 h, found up to 27 h between two: every 27 h. ${again}`,
  ],
  [
    'every day, first in a month',
    scheduled(every(24, { time: now + hours(720) })),
    'not-met',
    /found up to 30 d between two: daily \d\d:\d\d, first at 2026-12-23/,
  ],
  ['nothing', scheduled(), 'not-met', `${none}. ${again}`],
  [
    'every day, and it is locked for USE',
    lists(vm7({ lock: '1' }, every(24))),
    'not-met',
    'vm7 (7): expected a backup at least every 26 h, found that it is locked for USE (LOCKED 1): OpenNebula refuses every backup of it. Unlock it: onevm unlock 7',
  ],
  [
    'by its job every day, and it is locked for USE',
    both(lists(vm7({ job: '2', lock: '1' })), jobs(job({}, every(24)))),
    'not-met',
    /found that it is locked for USE \(LOCKED 1\): OpenNebula refuses every backup of it\. Unlock it: onevm unlock 7$/,
  ],
  [
    'nothing, and it is locked for USE',
    lists(vm7({ lock: '1' })),
    'not-met',
    new RegExp(`LOCKED 1.*Unlock it: onevm unlock 7\\. ${again}`),
  ],
  ...['2', '3', '4'].map(
    (lock): Case => [
      `every day, and it is locked by level ${lock}`,
      lists(vm7({ lock }, every(24))),
      'undetermined',
      new RegExp(
        `found that it is locked for (MANAGE|ADMIN|4) \\(LOCKED ${lock}\\), and whether OpenNebula refuses .* Unlock it: onevm unlock 7`,
      ),
    ],
  ),
  ['nothing, and it is locked for ADMIN', lists(vm7({ lock: '3' })), 'not-met', `${none}. ${again}`],
  ['once', scheduled(every(24, { repeats: false, every: undefined })), 'not-met', `${none}. ${again}`],
  ['it has ended', scheduled(every(24, { until: now - 60 })), 'not-met', `${none}; action 3 has ended. ${again}`],
  ['it has been begun as often as was said', scheduled(every(24, { times: 0 })), 'not-met', /action 3 has ended/],
  ['it ends soon', scheduled(every(24, { until: now + hours(100) })), 'met', 'vm7 (7): action 3 ends at 2026-11-27 08:59.'],
  ['it ends after three more', scheduled(every(24, { times: 3 })), 'met', 'vm7 (7): action 3 ends after 3 more runs.'],
  [
    'one ends, and another does not, and is too rare',
    scheduled(every(24, { times: 3 }), weekly),
    'met',
    'vm7 (7): action 3 ends after 3 more runs.',
  ],
  ['one ends, another does not, and is as rare as may be', scheduled(every(24, { times: 3 }), every(26)), 'met', ['show 7']],
  ['one ends, another does not', scheduled(every(24, { times: 3 }), every(24)), 'met', ['show 7']],
  [
    'it is rejected for good',
    scheduled(every(24, rejected('User [0] : VM is locked. [7].'))),
    'not-met',
    `${none}; action 3 is rejected (User [0] : VM is locked. [7]). Remove what is rejected, it blocks those behind it: onevm sched-delete 7 3. ${again}`,
  ],
  ...(
    [
      ['UNDEPLOYED', 'Bring it there: onevm resume 7'],
      ['UNKNOWN', 'Look at it: onevm show 7'],
    ] as const
  ).map(
    ([state, way]): Case => [
      `it is rejected since the VM is ${state}, and another waits behind it`,
      lists(
        vm7(
          { state, ready: false },
          every(24, { time: now - 60, ...rejected(`Could not create a new backup for VM 7, wrong state ${state}.`) }),
          every(12),
        ),
      ),
      'not-met',
      new RegExp(
        `^(?!.*sched-delete)(?!.*Schedule it).*action 3 is rejected .*wrong state ${state}\\); action 4 waits behind action 3, .* OpenNebula backs up what is RUNNING or POWEROFF, and it is ${state}\\. ${way}$`,
      ),
    ],
  ),
  [
    'it waits behind one that is rejected for good, and goes elsewhere',
    both(
      owes({ datastores: 'any' }),
      scheduled(every(24), every(24, { datastoreId: '999', time: now - hours(1), ...rejected('Error getting datastore [999].') })),
    ),
    'not-met',
    `${none}; action 3 waits behind action 4, which is rejected; action 4 is rejected (Error getting datastore [999]). Remove what is rejected, it blocks those behind it: onevm sched-delete 7 4. ${again}`,
  ],
  [
    'it waits behind one that is not repeated, and rejected for good',
    scheduled(every(24), every(24, { repeats: false, time: now - hours(1), ...rejected('User [0] : VM is locked. [7].') })),
    'not-met',
    /action 3 waits behind action 4, which is rejected\. Remove .*onevm sched-delete 7 4\./,
  ],
  [
    'its job waits behind a run that is rejected for good',
    inJob({}, every(24), every(24, { repeats: false, time: now - hours(1), ...rejected('Not authorized to perform MANAGE.') })),
    'not-met',
    /action 20 of job nightly \(2\) waits behind action 21, which is rejected\. Remove .*onebackupjob sched-delete 2 21\./,
  ],
  ['it waits for a backup that runs', scheduled(every(24, rejected('Could not create a new backup for VM 7, wrong state BACKUP.'))), 'met'],
  [
    'it goes to a datastore that is gone',
    scheduled(every(24, { datastoreId: '999' })),
    'not-met',
    /action 3 goes to datastore 999, which is gone/,
  ],
  [
    'it goes to one for images',
    both(scheduled(every(24, { datastoreId: '1' })), more),
    'not-met',
    /to datastore 1, which is no backup datastore/,
  ],
  [
    'it goes to another',
    both(scheduled(every(24, { datastoreId: '101' })), more),
    'not-met',
    /101, which does not count \(protect\.datastores\)/,
  ],
  ['it goes to another, and any counts', both(scheduled(every(24, { datastoreId: '101' })), more, owes({ datastores: 'any' })), 'met'],
  [
    'it goes to another, but adds to a chain here',
    both(
      lists(vm7({ keepsIncrements: true, chain: '8', lastIncrement: 1 }, every(24, { datastoreId: '101' }))),
      frontend({ datastores: pool('datastores', datastore({ images: ['8'] }), datastore({ id: '101', name: 'other' })) }),
    ),
    'met',
  ],
  [
    'it goes here, but adds to a chain elsewhere',
    both(
      lists(vm7({ keepsIncrements: true, chain: '8', lastIncrement: 1 }, every(24))),
      frontend({ datastores: pool('datastores', datastore(), datastore({ id: '101', name: 'other', images: ['8'] })) }),
    ),
    'not-met',
    /datastore 101, which does not count/,
  ],
  ['its job begins a chain here, and the last is elsewhere', both(lists(chained), jobs(job({}, every(24))), beside), 'met'],
  [
    'its job adds to a chain elsewhere',
    both(lists(chained), jobs(job({ mode: 'INCREMENT' }, every(24))), beside),
    'not-met',
    /action 20 of job nightly \(2\) goes to datastore 101, which does not count/,
  ],
  [
    'its job begins a new chain at each run, and the last is elsewhere',
    both(lists(chained), jobs(job({ mode: 'INCREMENT', reset: true }, every(24))), beside),
    'met',
  ],
  [
    'its job would add to a chain, and it keeps none',
    both(lists(vm7({ ...chained, keepsIncrements: false })), jobs(job({ mode: 'INCREMENT' }, every(24))), beside),
    'met',
  ],
  ['by its job', inJob({}, every(24)), 'met', ['virtual-machines', 'job 2']],
  [
    'its job is too rare',
    inJob({}, weekly),
    'not-met',
    `vm7 (7): expected a backup at least every 26 h, found up to 7 d between two: weekly Sun 05:59 (job nightly). ${byJob}`,
  ],
  ['its job has no schedule', inJob({}), 'not-met', `${none}, and none of job nightly (2). ${byJob}`],
  [
    'its job goes to a datastore that is gone',
    inJob({ datastoreId: '999' }, every(24)),
    'not-met',
    /action 20 of job nightly \(2\) goes to datastore 999/,
  ],
  [
    'its job is rejected',
    inJob({}, every(24, rejected('Not authorized.'))),
    'not-met',
    /is rejected \(Not authorized\)\. Remove .*: onebackupjob sched-delete 2 20\./,
  ],
  ['its job waits for the run before', inJob({}, every(24, rejected('Unable to execute Backup Job, pending backups in progress'))), 'met'],
  ['too rare by itself, and by its job often enough', both(lists(vm7({ job: '2' }, every(48))), jobs(job({}, every(24)))), 'met'],
  [
    'twice a day, one by itself, one by its job',
    both(lists(vm7({ job: '2' }, every(24))), jobs(job({}, every(24, { time: now + hours(13) }))), owes({ rpo: hours(13) })),
    'met',
    /its own schedule counts, without which/,
  ],
  [
    'every day by itself, and its job is too rare',
    both(lists(vm7({ job: '2' }, every(24))), jobs(job({}, weekly))),
    'met',
    'vm7 (7): its own schedule counts, without which that of its job nightly (2) is too rare. Newer releases of OpenNebula refuse single backups of a VM in a job: look whether it has a new restore point after 2026-11-23 05:59, when its own is due next.',
  ],
  [
    'every day by itself, and its job has no schedule',
    both(lists(vm7({ job: '2' }, every(24))), jobs(job({}))),
    'met',
    /its job nightly \(2\) is too rare/,
  ],
  [
    'every day by itself, and its job cannot be listed',
    both(lists(vm7({ job: '2' }, every(24))), backups({ jobs: unread('no answer', 'jobs') })),
    'met',
    /its own schedule counts, and that of its job 2 is not known\. Newer/,
  ],
  ['as often by itself as by its job', both(lists(vm7({ job: '2' }, every(24))), jobs(job({}, every(24)))), 'met', ['show 7', 'job 2']],
  ['another VM is in the job', both(scheduled(), jobs(job({ vms: ['8'] }, every(24)))), 'not-met', `${none}. ${again}`],
  ['a release without jobs', both(scheduled(every(24)), backups({ jobs: { value: undefined, evidence: [] } })), 'met'],
  [
    'jobs cannot be listed',
    both(scheduled(), backups({ jobs: unread('no answer', 'jobs') })),
    'undetermined',
    /found no answer\. Run it again\.$/,
  ],
  ['jobs cannot be listed, and its own suffices', both(scheduled(every(24)), backups({ jobs: unread('no answer', 'jobs') })), 'met'],
  [
    'its job cannot be shown',
    both(
      lists(vm7({ job: '2' })),
      jobs(job({ scheduled: ['20'] })),
      backups({ shownJobs: [{ listed: job(), ...unread('no answer', 'job 2') }] }),
    ),
    'undetermined',
    /found no answer/,
  ],
  [
    'it cannot be shown itself',
    (cloud) => {
      const listed = lists(vm7({ scheduled: ['3'] }))(cloud);
      return { ...listed, schedules: { ...listed.schedules, machines: [{ listed: vm7(), ...unread('no answer', 'show 7') }] } };
    },
    'undetermined',
    /found no answer/,
  ],
  [
    'an RPO shorter than an hour',
    both(scheduled(), owes({ rpo: 1800 })),
    'not-met',
    /OpenNebula repeats a backup once an hour at most: declare a longer RPO\.$/,
  ],
  ['an RPO of four hours', both(scheduled(every(24)), owes({ rpo: hours(4) })), 'not-met', /--hourly 3$/],
];
cases(scheduledOftenEnough, 'vm7', table);

describe('BDS-702 without a clock', () => {
  const faults: readonly Case[] = [
    [
      'the time is not known',
      both(lists(vm7({}, every(24))), backups({ now: unread('no answer', 'now', 'Log in.') })),
      'undetermined',
      /its clock and time zone/,
    ],
    [
      'the zone is not known',
      both(lists(vm7({}, every(24))), backups({ zone: unread('no answer', 'zone', 'Log in.') })),
      'undetermined',
      /its clock and time zone/,
    ],
  ];
  cases(scheduledOftenEnough, undefined, faults);
});

test('what is measured is the longest gap', () => {
  const [judgement] = [scheduledOftenEnough.judge(lists(vm7({}, every(24)))(wholeCloud()))].flat();
  assert.equal(judgement?.measured, 'longest gap 24 h (RPO 26 h)');
  assert.equal([scheduledOftenEnough.judge(scheduled()(wholeCloud()))].flat()[0]?.measured, undefined);
});

test('a plan in words names jobs, and stays empty where nothing recurs', () => {
  const words = (change: Change) => plansOf(change(wholeCloud())).map((plan) => planInWords(plan, 'Europe/Berlin'));
  assert.deepEqual(words(both(lists(vm7({ job: '2' }, every(6))), jobs(job({}, every(24))))), ['every 6 h; daily 06:59 (job nightly)']);
  assert.deepEqual(words(scheduled(every(24, { repeats: false }))), ['']);
  for (const untold of [{ now: unread('no', 'now') }, { zone: unread('no', 'zone') }])
    assert.deepEqual(words(both(scheduled(every(6)), backups(untold))), ['every 6 h']);
});
