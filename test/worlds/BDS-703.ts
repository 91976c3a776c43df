import { failing } from '../../lab/faults/calls.ts';
import { together, unseen } from '../../lab/faults/fault.ts';
import { type Edit, image, inState, jobRan, machine, REFUSED, userTemplate, vmError, vmLog } from '../../lab/faults/protection.ts';
import { bashrc, files } from '../../lab/faults/ssh.ts';
import { changed, inProduction, of, SILVER } from './production.ts';
import { onBoth, type Row, undetermined } from './world.ts';

const web01 = (row: Row): Row => ({ machines: { 'BDS-703': of('not-met', 'web01') }, ...row });
const mail01 = (row: Row): Row => ({ machines: { 'BDS-703': of('not-met', 'mail01') }, ...row });
const shown = 'onevm show -x web01';
const failed = /web01 \(2\): expected its last backup to have succeeded, found that the one of \d{4}-\d\d-\d\d \d\d:\d\d UTC failed: /;
const says = (what: string, words: string, hoursAgo = 0.3) => changed(what, shown, /<ERROR>/, vmError('web01', hoursAgo, words));
/** Twenty VMs that are off, each with an error of a few minutes ago. */
const SCRATCH: Edit[] = Array.from({ length: 20 }, (_, at): Edit[] => [
  (cloud) => {
    const made = { ...structuredClone(machine(cloud, 'web01')), ID: String(900 + at), NAME: `scratch-${at}` };
    cloud.vms.push(Object.assign(made, { BACKUPS: { BACKUP_CONFIG: {}, BACKUP_IDS: {} }, USER_TEMPLATE: {} }));
  },
  inState(`scratch-${at}`, 'POWEROFF'),
  vmError(`scratch-${at}`, 0.1, 'DISK_DETACH: no such disk'),
]).flat();
const double = '/var/lib/one//datastores/0/2//var/lib/one//datastores/0/2/disk.0.snap/1';

export default inProduction({
  // Failures read otherwise in the log of an older release.
  ...onBoth({
    'last-backup-failed.not-met': web01({
      fault: 'last-backup-failed',
      reasons: [
        failed,
        /failed: “backup: oneadmin@backup01\.example\.net: Permission denied/,
        /start opennebula-ssh-agent/,
        /--only BDS-102/,
      ],
    }),
    'backup-failure-hidden.not-met': web01({
      fault: together('the last backup of web01 failed, and another error has taken the place of that in its template', [
        vmLog('web01', 0.3, REFUSED),
        says('', 'DISK_ATTACH: no such image', 0.1).fault,
      ]),
      reasons: [failed, /failed: “backup: oneadmin@backup01\.example\.net: Permission denied/],
    }),
    'backup-failed-without-log.not-met': web01({
      ...changed('web01 has the error of a backup, and no log', shown, /<ERROR>/, vmError('web01', 0.3)),
      reasons: [
        failed,
        /The whole story stands in \/var\/log\/one\/2\.log .*: No such file/,
        /Then back it up again: onevm backup -d 100 2\./,
      ],
    }),
    'backup-failed-log-unreadable.not-met': web01({
      fault: together('the last backup of web01 failed, and oneadmin may not read its log', [
        vmLog('web01', 0.3, 'rsync: [sender] write error: No space left on device (28)'),
        files('', 'frontend01', { files: ['/var/log/one/2.log'], script: 'chmod 000 /var/log/one/2.log', looks: unseen }),
        changed('', shown, /<ERROR>/, vmError('web01', 0.3)).fault,
      ]),
      reasons: [failed, /its log could not be read: .*Permission denied/],
    }),
    'backup-stuck-in-snapshot-mode.not-met': web01({
      fault: together('a second full backup of web01 was asked for, whose increments are kept in SNAPSHOT mode', [
        vmLog('web01', 0.3, `qemu-img create -f qcow2 ${double}: ${double}: Could not create '${double}': No such file or directory`),
        changed('', shown, /<ERROR>/, vmError('web01', 0.3)).fault,
      ]),
      reasons: [failed, /kept in SNAPSHOT mode, in which no second full backup can be made/, /onevm updateconf 2/],
    }),
  }),
  // OpenNebula writes the time of an error by its own clock, whatever a login has.
  'backup-failed-login-in-tokyo.not-met': web01({
    fault: together('the last backup of web01 failed, and a login to the front-end lives in Tokyo', [
      changed('', shown, /<ERROR>/, vmError('web01', 0.3)).fault,
      bashrc('', 'frontend01', { line: 'export TZ=Asia/Tokyo' }),
    ]),
    reasons: [failed],
  }),
  'backup-failure-hidden-behind-others.not-met': web01({
    fault: together(
      'the last backup of web01 failed, another error has taken its place, and twenty VMs that are out of scope have newer ones',
      [
        vmLog('web01', 0.3, REFUSED),
        changed('', 'onevm list -x --extended', /scratch-19.*DISK_DETACH/s, vmError('web01', 0.2, 'DISK_ATTACH: no such image'), ...SCRATCH)
          .fault,
      ],
    ),
    site: {
      protect: {
        except: ['scratch-*', 'files01'].map((name) => ({ name, owner: 'Jo', reason: 'rebuilt nightly', expires: '2099-12-31' })),
      },
    },
    reasons: [failed, /failed: “backup: oneadmin@backup01\.example\.net: Permission denied/],
  }),
  'backup-cancelled.not-met': web01({
    ...says('somebody has cancelled the last backup of web01', 'BACKUP: Backup cancelled: f59e74'),
    reasons: [failed, /Backup cancelled: f59e74”\. Ask who cancelled it/],
  }),
  'backup-failed-without-time.undetermined': {
    ...changed('the error of a backup of web01 has no time', shown, /<ERROR>/, userTemplate('web01', { ERROR: 'BACKUP: Command failed' })),
    machines: { 'BDS-703': of('undetermined', 'web01') },
    reasons: [/without a time that can be read: “BACKUP: Command failed”/, /onevm show 2/],
  },
  'backup-by-job-locked.not-met': mail01({
    ...changed(
      'the job nightly failed for mail01, which was locked',
      'onebackupjob show -x nightly',
      /VM is locked/,
      jobRan('nightly', { hoursAgo: 3, lists: { ERROR_VMS: ['mail01'] }, error: 'User [0] : VM is locked. [7].' }),
    ),
    reasons: [/mail01 \(7\): .* failed, by job nightly \(0\): “User \[0\] : VM is locked/, /onevm unlock 7\. .*onebackupjob retry 0/],
  }),
  'chain-locked-after-failure.met': {
    ...changed(
      'a backup of db02 failed, a later one succeeded, and OpenNebula flattens its chain now',
      'oneimage list -x',
      /<STATE>4</,
      vmError('db02', 8),
      image('db02', (found) => Object.assign(found, { STATE: '4' })),
    ),
    also: undetermined('701', '705', '708'),
    reasons: {
      701: /db02 \(4\): .*Image \d+ is LOCKED/,
      705: /db02 \(4\): .*Image \d+ is LOCKED/,
      708: /db02 \(4\): .*Image \d+ is LOCKED/,
    },
    notes: { 703: /db02 \(4\): image \d+, which holds its last backup, is LOCKED/ },
  },
  'backup-by-job-failed.not-met': mail01({
    ...changed(
      'the job nightly failed for mail01, and nobody says why',
      'onebackupjob list -x',
      /<ERROR_VMS>\s*<ID>7</,
      jobRan('nightly', { hoursAgo: 3, lists: { ERROR_VMS: ['mail01'] } }),
    ),
    reasons: [/failed, by job nightly \(0\): “no word why”/, /onebackupjob retry 0/],
  }),
  'backup-jobs-unlisted.undetermined': {
    fault: failing('onebackupjob fails to list', 'frontend01', {
      ...{
        of: 'onebackupjob',
        when: "'list -x'",
        tried: 'onebackupjob list -x',
        says: '[one.backupjobpool.info] Internal error',
        exit: 255,
      },
    }),
    also: undetermined('702', '704'),
    machines: { 'BDS-702': of('undetermined', ...SILVER), 'BDS-703': of('undetermined', ...SILVER) },
    reasons: {
      702: /Internal error/,
      703: /mail01 \(7\): .*Internal error/,
      704: /OpenNebula to list its backup jobs, found .*Internal error/,
    },
  },
});
