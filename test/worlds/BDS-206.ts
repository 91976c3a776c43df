import { type Fault, together } from '../../lab/faults/fault.ts';
import { faultNamed } from '../../lab/faults/index.ts';
import { command, instead } from '../../lab/faults/programs.ts';
import { mode, mounts, scripts } from '../../lab/faults/storage.ts';
import { tmpDirectory } from './faults.ts';
import { blocked, server, type Table, undetermined } from './world.ts';

/** RSYNC_TMP_DIR is this directory, which is declared, and this is wrong there. */
const at = (path: string, fault: Fault) => ({
  fault: together(fault.what, [tmpDirectory(path), fault]),
  site: { datastore: { template: { RSYNC_TMP_DIR: path } } },
});
const IN_HOME = '/var/lib/one/increments';

export default {
  'tmpdir-below-file.not-met': {
    ...at(
      `${IN_HOME}/tmp`,
      scripts('RSYNC_TMP_DIR lies below a file', 'backup01', {
        make: `touch ${IN_HOME}`,
        undo: `rm ${IN_HOME}`,
        looks: `test -f ${IN_HOME}`,
      }),
    ),
    reasons: [server, /one\/increments is no directory, and \/var\/lib\/one\/increments\/tmp is not there/],
  },
  'tmpdir-dangling-link.not-met': {
    ...at(
      IN_HOME,
      scripts('RSYNC_TMP_DIR is a symbolic link to nothing', 'backup01', {
        make: `ln -s /nowhere ${IN_HOME}`,
        undo: `rm ${IN_HOME}`,
        looks: `test -L ${IN_HOME}; ! test -e ${IN_HOME}`,
      }),
    ),
    reasons: [server, /one\/increments is a symbolic link to nothing/],
  },
  // What is asked is asked of bash alone, so that is what waits.
  'tmpdir-hangs.undetermined': {
    fault: instead('bash', 'backup01', {
      what: 'waits for a directory that does not answer',
      script: 'case "$2" in at=*) exec sleep 60;; esac\nexec $real "$@"',
      asked: 'timeout 1 bash -c at=1',
      looks: /^exit 124/,
    }),
    site: { deadlines: { command: 3 } },
    reasons: [server, /none within 3 s/],
  },
  'tmpdir-is-file.not-met': {
    ...at(
      IN_HOME,
      scripts('RSYNC_TMP_DIR is a file', 'backup01', { make: `touch ${IN_HOME}`, undo: `rm ${IN_HOME}`, looks: `test -f ${IN_HOME}` }),
    ),
    reasons: [server, /one\/increments is no directory\./, /Put a directory in its place/],
  },
  'tmpdir-no-inodes.not-met': {
    fault: mounts('/var/tmp on backup01 has no inode left', 'backup01', {
      make: 'mount -n -t tmpfs -o nr_inodes=8,mode=1777 small /var/tmp; touch /var/tmp/{1..20} 2> /dev/null || true',
      undo: 'umount -n /var/tmp',
      looks: 'test "$(df --output=iavail /var/tmp | tail -n 1)" -eq 0',
    }),
    reasons: [server, /\/var\/tmp has no inode free/, /df -i/],
  },
  'tmpdir-not-enterable.not-met': {
    fault: mode('/var/tmp on backup01 cannot be entered', { of: '/var/tmp', is: '666', was: '1777' }),
    reasons: [server, /oneadmin cannot write and enter \/var\/tmp\./],
  },
  'tmpdir-not-writable-and-vms-not-listed.undetermined': {
    fault: together('oneadmin may not write to /var/tmp on backup01, and onevm fails', [
      faultNamed('tmpdir-not-writable-on-backup'),
      command('onevm on frontend01 fails', 'onevm', { script: 'echo "execution expired" >&2; exit 255', looks: /execution expired/ }),
    ]),
    also: { ...undetermined('304'), ...blocked('406', '407') },
    reasons: { 206: [/onevm list -x --extended/, /execution expired/], 304: /execution expired/ },
  },
  // files01 keeps increments.
  'tmpdir-not-writable-on-backup.not-met': {
    fault: 'tmpdir-not-writable-on-backup',
    reasons: [server, /oneadmin cannot write and enter \/var\/tmp\./, /findmnt -T \/var\/tmp/, /files01 \(1\)/],
  },
  'tmpdir-parent-missing.not-met': {
    ...at(
      '/vault/increments/tmp',
      mounts('RSYNC_TMP_DIR is not there, nor is anything above it that oneadmin may write to', 'backup01', {
        make: 'mkdir /vault; mount -n --bind /srv /vault',
        undo: 'umount -n /vault; rmdir /vault',
        looks: 'test -d /vault; ! test -w /vault',
      }),
    ),
    reasons: [
      server,
      /cannot write and enter \/vault, and \/vault\/increments\/tmp is not there/,
      /install -d -o oneadmin \/vault\/increments\/tmp/,
    ],
  },
  'tmpdir-read-only.not-met': {
    fault: mounts('/var/tmp on backup01 is mounted read-only', 'backup01', {
      make: 'mount -n -i -o remount,ro,bind /var/tmp',
      undo: 'mount -n -i -o remount,rw,bind /var/tmp',
      looks: '! touch /var/tmp/.',
    }),
    reasons: [server, /cannot write and enter \/var\/tmp/, /findmnt -T/],
  },
} satisfies Table;
