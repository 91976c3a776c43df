import { failing, intercepted } from '../../lab/faults/calls.ts';
import { prints } from '../../lab/faults/fault.ts';
import { ago } from '../../lab/faults/opennebula.ts';
import { jobScheduled, locked, production, scheduled } from '../../lab/faults/protection.ts';
import { changed, db01, hours, inProduction, nightly, of, rejected, SILVER, secondDatastore } from './production.ts';
import { notMet, type Row, undetermined } from './world.ts';

const one = (row: Row): Row => ({ machines: { 'BDS-702': of('not-met', 'db01') }, ...row });
const silver = (row: Row): Row => ({ machines: { 'BDS-702': of('not-met', ...SILVER) }, ...row });
const again = /Schedule it: onevm backup -d 100 3 --schedule '\d{4}-\d\d-\d\d \d\d:00' --hourly 3/;
const none = /db01 \(3\): expected a backup at least every 4 h, found no backup of it that repeats and counts/;
const every3 = { repeat: 3, days: '3' };

export default inProduction({
  'rarely-scheduled.not-met': one({
    fault: 'rarely-scheduled',
    reasons: [/db01 \(3\): expected a backup at least every 4 h, found up to 12 h between two: every 12 h\./, again],
  }),
  'locked.not-met': one({
    ...changed('db01 is locked', 'onevm show -x db01', /<LOCKED>1</, locked('db01', 1)),
    reasons:
      /db01 \(3\): .*found that it is locked for USE \(LOCKED 1\): OpenNebula refuses every backup of it\. Unlock it: onevm unlock 3/,
  }),
  'locked-in-job.not-met': {
    ...changed('web02, which the job nightly backs up, is locked', 'onevm show -x web02', /<LOCKED>1</, locked('web02', 1)),
    machines: { 'BDS-702': of('not-met', 'web02') },
    reasons: /web02 \(5\): .*found that it is locked for USE \(LOCKED 1\)/,
  },
  'locked-for-admin.undetermined': {
    ...changed('db01 is locked for ADMIN alone', 'onevm show -x db01', /<LOCKED>3</, locked('db01', 3)),
    machines: { 'BDS-702': of('undetermined', 'db01') },
    reasons: /db01 \(3\): .*found that it is locked for ADMIN \(LOCKED 3\), and whether OpenNebula refuses/,
  },
  'schedule-missing.not-met': one({ ...db01('db01 is not scheduled', /<SCHED_ACTIONS\/>/), reasons: [none, again] }),
  'schedule-once.not-met': one({
    ...changed('a backup of db01 is scheduled once', 'onevm show -x db01', /<REPEAT>-1</, scheduled('db01', { repeat: -1, days: '' })),
    reasons: none,
  }),
  'schedule-ended.not-met': one({
    ...db01('the schedule of db01 has ended', /<END_TYPE>2</, { ...every3, more: { END_TYPE: '2', END_VALUE: ago(hours(24)) } }),
    reasons: [none, /action \d+ has ended/],
  }),
  'schedule-ended-by-count.not-met': one({
    ...db01('the schedule of db01 has run as often as was said', /<END_TYPE>1</, { ...every3, more: { END_TYPE: '1', END_VALUE: '0' } }),
    reasons: [none, /action \d+ has ended/],
  }),
  'schedule-begins-late.not-met': one({
    ...db01('the schedule of db01 begins in two days', /<DAYS>4</, { repeat: 3, days: '4', due: 48 }),
    reasons: /found up to (2 d|47 h 59 min) between two: every 4 h, first at /,
  }),
  'schedule-on-working-days.not-met': silver({
    ...nightly('the job nightly runs on working days alone', /<DAYS>1,2,3,4,5</, { repeat: 0, days: '1,2,3,4,5', due: 12 }),
    reasons: [/weekly Mon, Tue, Wed, Thu, Fri \d\d:\d\d \(job nightly\)/, /onebackupjob backup 0 --schedule .* --hourly 24/],
  }),
  'schedule-of-job-missing.not-met': silver({
    ...nightly('the job nightly is not scheduled', /<SCHED_ACTIONS\/>/),
    reasons: [/web02 \(5\): .*, and none of job nightly \(0\)/, /onebackupjob backup 0 --schedule/],
    notes: { 704: /job nightly \(0\) has no schedule/ },
  }),
  'schedule-rejected.not-met': one({
    ...db01('OpenNebula rejects the schedule of db01, which is locked', /VM is locked/, {
      ...every3,
      due: -0.1,
      more: rejected('User [0] : VM is locked. [3].'),
    }),
    also: notMet('406'),
    reasons: {
      702: [/is rejected \(User \[0\] : VM is locked\. \[3\]\)/, /onevm sched-delete 3 \d+\. Schedule it: /],
      406: /VM is locked/,
    },
  }),
  'schedule-to-images.not-met': one({
    ...db01('the schedule of db01 goes to a datastore for images', /<ARGS>1,0</, { ...every3, datastore: '1' }),
    reasons: [none, /goes to datastore 1, which is no backup datastore/],
  }),
  'schedule-to-no-datastore.not-met': one({
    ...db01('the schedule of db01 goes to a datastore that is gone', /<ARGS>999,0</, { ...every3, datastore: '999' }),
    reasons: [none, /goes to datastore 999, which is gone/],
  }),
  'schedule-elsewhere.not-met': one({
    ...changed(
      'the schedule of db01 goes to another backup datastore',
      'onevm show -x db01',
      /<ARGS>105,0</,
      secondDatastore,
      scheduled('db01', { ...every3, datastore: '105' }),
    ),
    reasons: /goes to datastore 105, which does not count \(protect\.datastores\)/,
  }),
  'schedule-behind-rejected.not-met': one({
    ...changed(
      'the schedule of db01 to another backup datastore waits behind one to a datastore that is gone',
      'onevm show -x db01',
      /Error getting datastore \[999\]/,
      secondDatastore,
      scheduled(
        'db01',
        { ...every3, datastore: '105' },
        { ...every3, datastore: '999', due: -0.1, more: rejected('Error getting datastore [999].') },
      ),
    ),
    site: { protect: { datastores: 'any' } },
    reasons: [none, /action \d+ waits behind action \d+, which is rejected; .*Remove what is rejected.*onevm sched-delete 3 \d+/],
  }),
  'schedule-unshown.undetermined': {
    fault: failing('onevm fails to show db01', 'frontend01', {
      ...{ of: 'onevm', when: "'show -x 3'", tried: 'onevm show -x 3', says: '[one.vm.info] Internal error', exit: 255 },
    }),
    also: undetermined('406'),
    machines: { 'BDS-702': of('undetermined', 'db01') },
    reasons: { 702: /db01 \(3\): expected a backup at least every 4 h, found .*Internal error/, 406: /db01 \(3\): / },
  },
  'schedule-of-job-unshown.undetermined': {
    fault: failing('onebackupjob fails to show the job nightly', 'frontend01', {
      ...{
        of: 'onebackupjob',
        when: "'show -x 0'",
        tried: 'onebackupjob show -x 0',
        says: '[one.backupjob.info] Internal error',
        exit: 255,
      },
    }),
    also: undetermined('704'),
    machines: { 'BDS-702': of('undetermined', ...SILVER) },
    reasons: { 702: /Internal error/, 704: /job nightly \(0\): .*Internal error/ },
  },
  'schedule-by-no-zone.undetermined': {
    fault: intercepted('the front-end has a time zone that nobody knows', 'frontend01', {
      ...{ of: 'readlink', when: "'-f /etc/localtime'", tried: 'readlink -f /etc/localtime' },
      ...{ act: 'echo /usr/share/zoneinfo/Nowhere; exit', looks: /Nowhere/ },
    }),
    reasons: /its clock and time zone, by which OpenNebula schedules/,
  },
  'schedule-of-job-rejected.not-met': silver({
    fault: production(
      'OpenNebula rejects the schedule of the job nightly',
      prints('frontend01', 'onebackupjob show -x nightly', /Not authorized/),
      jobScheduled('nightly', {
        repeat: 0,
        days: '0,1,2,3,4,5,6',
        due: -0.1,
        more: rejected('User [3] : Not authorized to perform MANAGE.'),
      }),
    ),
    also: notMet('704'),
    reasons: {
      702: [/action \d+ of job nightly \(0\) is rejected \(User \[3\] : Not authorized/, /onebackupjob sched-delete 0 \d+/],
      704: [/its action \d+ is rejected: User \[3\]/, /onebackupjob sched-delete 0 \d+/],
    },
  }),
});
