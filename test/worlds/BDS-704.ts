import { together } from '../../lab/faults/fault.ts';
import { missing } from '../../lab/faults/programs.ts';
import { jobIs, jobRan, job as newJob } from '../../lab/faults/protection.ts';
import { oneAtATime } from './faults.ts';
import { changed, hours, inBackup, inProduction, of, SILVER, withoutJobs } from './production.ts';
import { notMet, type Row } from './world.ts';

const nightly = (row: Row): Row => ({ machines: { 'BDS-704': of('not-met', 'nightly') }, ...row });
const job = (what: string, words: RegExp, ...edits: Parameters<typeof changed>[3][]) =>
  changed(what, 'onebackupjob show -x nightly', words, ...edits);
const outdated = jobRan('nightly', { hoursAgo: 7, lists: { OUTDATED_VMS: SILVER } });
const expected = /job nightly \(0\): expected a backup job that makes progress, found /;

export default inProduction({
  'job-failing.not-met': {
    fault: 'job-failing',
    machines: { 'BDS-704': { archive: 'not-met' } },
    reasons: [/job archive \(1\): .* it goes to datastore default \(1\), which is no backup datastore/, /onebackupjob update 1/],
  },
  'job-with-nobody.not-met': nightly({
    ...job('the job nightly names a VM that does not exist', /5,6,7,999/, jobIs('nightly', { BACKUP_VMS: '5,6,7,999' })),
    reasons: [expected, /VM 999 of it does not exist/, /onebackupjob update 0/],
  }),
  'job-with-one-terminated.not-met': nightly({
    ...job('a VM of the job nightly was terminated', /5,6,7,8/, jobIs('nightly', { BACKUP_VMS: '5,6,7,8' }), (cloud) =>
      cloud.vms.push({ ...structuredClone(cloud.vms[7] ?? {}), ID: '8', NAME: 'gone01', STATE: '6', LCM_STATE: '0' }),
    ),
    reasons: [expected, /VM 8 of it does not exist/],
  }),
  'job-without-datastore.not-met': nightly({
    ...job('the datastore of the job nightly is gone', /<DATASTORE_ID><!\[CDATA\[999/, jobIs('nightly', { DATASTORE_ID: '999' })),
    reasons: [expected, /it goes to datastore 999, which is gone/],
  }),
  'job-outdated-for-long.not-met': nightly({
    ...job('the job nightly has begun nothing for seven hours', /<OUTDATED_VMS>\s*<ID>5</, outdated),
    reasons: [
      expected,
      /none of it has finished for (7 h|6 h 59 min).* \(deadlines\.job: 6 h\), with OUTDATED 5; 6; 7/,
      /onebackupjob cancel 0/,
    ],
  }),
  'job-backing-up-for-long.not-met': nightly({
    ...job(
      'the job nightly backs up web02 for seven hours',
      /<BACKING_UP_VMS>\s*<ID>5</,
      jobRan('nightly', { hoursAgo: 7, lists: { BACKING_UP_VMS: ['web02'], OUTDATED_VMS: ['files02', 'mail01'] } }),
      inBackup('web02', 7),
    ),
    reasons: [expected, /with BACKING_UP 5/, /a backup of VM 5 does not end/, /onebackupjob cancel 0/],
  }),
  'job-behind-hung.not-met': nightly({
    fault: together('the job nightly waits for a place, which a backup of web01 takes that hangs', [
      job('', /<OUTDATED_VMS>\s*<ID>5</, outdated, inBackup('web01', 7)).fault,
      oneAtATime,
    ]),
    also: notMet('406'),
    reasons: { 704: [expected, /none of it has finished/], 406: /web01 \(2\)/ },
  }),
  'job-slow-within-deadline.met': {
    ...job('the job nightly has begun nothing for seven hours, as is usual', /<OUTDATED_VMS>\s*<ID>5</, outdated),
    site: { deadlines: { job: hours(8) } },
  },
  'job-empty.met': {
    ...changed(
      'there is a job without VMs',
      'onebackupjob list -x',
      /<NAME>empty</,
      newJob('empty', [], { repeats: [{ repeat: 3, days: '24' }] }),
    ),
    notes: { 704: /job empty \(1\) holds no VM\./ },
  },
  'jobs-none.not-applicable': {
    ...changed('there are no backup jobs', 'onebackupjob list -x', /<BACKUPJOB_POOL\/>/, ...withoutJobs),
    reasons: /OpenNebula has no backup jobs\./,
  },
  'jobs-unknown-to-release.not-applicable': {
    fault: together('the release of OpenNebula has no backup jobs', [
      changed('', 'onevm show -x mail01', /<SCHED_ACTION>/, ...withoutJobs).fault,
      missing('onebackupjob', 'frontend01'),
    ]),
    reasons: /they came with 6\.8/,
  },
});
