import { together } from '../../lab/faults/fault.ts';
import { agedBackup, born, images, job, jobRan, jobScheduled, scheduled, vmError } from '../../lab/faults/protection.ts';
import { oneAtATime } from './faults.ts';
import { changed, DAILY, db01, inBackup, inProduction, rejected, SILVER, secondDatastore } from './production.ts';

const every3 = { repeat: 3, days: '3' };
const outdated = jobRan('nightly', { hoursAgo: 7, lists: { OUTDATED_VMS: SILVER } });

export default inProduction({
  'vm-in-job-and-scheduled.met': changed(
    'web02 is in the job nightly, and scheduled by itself',
    'onevm show -x web02',
    /<SCHED_ACTION>/,
    scheduled('web02', { repeat: 3, days: '12' }),
  ),
  'two-schedules-together.met': db01(
    'db01 is scheduled twice, which together is often enough',
    /<DAYS>6<.*<DAYS>6</s,
    { repeat: 3, days: '6', due: 1 },
    { repeat: 3, days: '6', due: 4 },
  ),
  'two-jobs.met': changed(
    'mail01 has left the job nightly for one of its own, which has begun a new chain',
    'onebackupjob list -x',
    /<NAME>mail</,
    job('mail', ['mail01'], { repeats: [{ repeat: 0, days: DAILY, due: 16 }], run: { hoursAgo: 8, lists: { UPDATED_VMS: ['mail01'] } } }),
    agedBackup('mail01', 7.9),
  ),
  'job-of-other-vms.met': changed(
    'a job of a machine that is out of scope runs once a month',
    'onebackupjob list -x',
    /<NAME>archive</,
    job('archive', ['files01'], { repeats: [{ repeat: 1, days: '1', due: 48 }] }),
  ),
  'job-waits-for-max-backups.met': {
    fault: together('the job nightly waits for seven hours, since as many backups run as may', [
      changed('', 'onebackupjob list -x', /<OUTDATED_VMS>\s*<ID>5</, outdated, inBackup('web01', 0.2)).fault,
      oneAtATime,
    ]),
    notes: { 704: /job nightly \(0\) waits since .*: as many backups run as may \(MAX_BACKUPS is 1\)/ },
  },
  'job-under-way.met': changed(
    'the job nightly is under way for an hour',
    'onebackupjob list -x',
    /<BACKING_UP_VMS>\s*<ID>5</,
    jobRan('nightly', { hoursAgo: 1, lists: { BACKING_UP_VMS: ['web02'], OUTDATED_VMS: ['files02', 'mail01'] } }),
    inBackup('web02', 1),
  ),
  'job-run-pending.met': changed(
    'the next run of the job nightly waits for the one that is under way',
    'onebackupjob show -x nightly',
    /pending backups in progress/,
    jobRan('nightly', { hoursAgo: 1, lists: { BACKING_UP_VMS: ['web02'], OUTDATED_VMS: ['files02', 'mail01'] } }),
    inBackup('web02', 1),
    jobScheduled('nightly', {
      repeat: 0,
      days: DAILY,
      due: -0.1,
      more: rejected('Unable to execute Backup Job, pending backups in progress'),
    }),
  ),
  'schedule-close-to-rpo.met': {
    ...db01('db01 is scheduled every four hours, which is its RPO', /<DAYS>4</, { repeat: 3, days: '4' }),
    notes: { 702: /db01 \(3\): the longest gap is 4 h of 4 h, so that nothing is left for the backup itself/ },
  },
  'schedule-ends-one-day.met': {
    ...db01('the schedule of db01 ends after a hundred runs', /<END_TYPE>1</, { ...every3, more: { END_TYPE: '1', END_VALUE: '100' } }),
    notes: { 702: /action \d+ ends after 100 more runs/ },
  },
  'schedule-of-chain-elsewhere.met': changed(
    'the schedule of db02 names another datastore, but adds to its chain in the declared one',
    'onevm show -x db02',
    /<ARGS>105,0</,
    secondDatastore,
    scheduled('db02', { ...every3, datastore: '105' }),
  ),
  'schedule-elsewhere-counts.met': {
    ...changed(
      'the schedule of db01 goes to another backup datastore, and any counts',
      'onevm show -x db01',
      /<ARGS>105,0</,
      secondDatastore,
      scheduled('db01', { ...every3, datastore: '105' }),
    ),
    site: { protect: { datastores: 'any' } },
  },
  'error-before-last-backup.met': changed(
    'web01 keeps the error of a backup of two days ago',
    'onevm show -x web01',
    /<ERROR>/,
    vmError('web01', 50),
  ),
  'error-of-other-kind.met': {
    ...changed(
      'web01 shows an error that is not of a backup',
      'onevm show -x web01',
      /<ERROR>/,
      vmError('web01', 0.2, 'Error attaching new VM Disk'),
    ),
    notes: { 703: /web01 \(2\) shows an error that is not of a backup: .*Error attaching new VM Disk/ },
  },
  'vm-new-and-not-backed-up.met': {
    ...changed(
      'web01 is an hour old, and was not backed up yet',
      'onevm show -x web01',
      /<BACKUP_IDS\/>/,
      born('web01', 1),
      images('web01', 0),
    ),
  },
});
