import { cutAt, failing, slow } from '../../lab/faults/calls.ts';
import { sh } from '../../lab/faults/fault.ts';
import { bashrc } from '../../lab/faults/ssh.ts';
import { scripts } from '../../lab/faults/storage.ts';
import { behind101, behind501, behind502, blocked, every, gate, notMet, quicker, server, theDrill, undetermined } from './world.ts';

const FOLDER = '$HOME/.backup-compliance/rsync-Backups-$(printf "rsync Backups" | sha256sum | cut -c 1-8)';

export default every(gate, {
  'connection-cut-at-probe.undetermined': {
    fault: cutAt('backup01 drops its connections when a file is brought to the disk', {
      of: 'sync',
      when: '*.backup-compliance-*|*datastores/*',
      tried: 'sync -- /var/lib/one/datastores/',
    }),
    reasons: [server, /found no answer/, /Run it again/],
  },
  'delete-refused.not-met': {
    fault: failing('nothing on backup01 can be deleted, as on storage that keeps what was once written', 'backup01', {
      of: 'rm',
      when: '*.backup-compliance-*|*datastores/*',
      tried: 'rm -- /var/lib/one/datastores/nothing',
      says: 'rm: cannot remove: Operation not permitted',
    }),
    also: notMet('602'),
    reasons: {
      202: [server, /could not be deleted: “.*Operation not permitted/],
      602: [/\.backup-compliance-.*\.renamed on backup01\.example\.net: not removed/, /image \d+ \(.*Error removing image from datastore/],
    },
  },
  'directory-not-writable-at-gate.not-met': {
    fault: 'dir-not-writable',
    also: { ...notMet('201'), ...theDrill },
    reasons: { 201: server, 202: [server, /could not be created: “.*Permission denied/, /findmnt -T \/var\/lib\/one\/datastores\/100/] },
  },
  'file-size-limit.not-met': {
    fault: bashrc('oneadmin on backup01 may write no file larger than nothing', 'backup01', { line: 'ulimit -f 0' }),
    also: { ...notMet('502'), ...behind502 },
    reasons: { 202: [server, /could not be created: “.*File too large/], 502: /File too large|rsync/ },
  },
  'gate-under-way.undetermined': {
    fault: {
      what: 'another gate of this datastore is under way',
      break: (lab) => sh(lab, 'frontend01', `mkdir -p ${FOLDER}; cd ${FOLDER}; setsid flock . sleep 600 > /dev/null 2>&1 & echo $!`),
      repair: (lab, pid) => sh(lab, 'frontend01', `kill -- -${pid.trim()}; cd; rmdir ${FOLDER} ~/.backup-compliance`),
      isBroken: async (lab) =>
        (await lab.shell('frontend01', ['bash', '-c', `[ ! -e ${FOLDER} ] || flock -n ${FOLDER} true`])).exitCode === 1,
    },
    also: theDrill,
    reasons: [server, /another gate or clean-up of this datastore is under way/, /Wait until it has ended/],
  },
  'inodes-exhausted-at-gate.not-met': {
    fault: 'inodes-exhausted',
    also: { ...notMet('204', '502'), ...behind502 },
    reasons: {
      202: [server, /could not be created: “.*No space left on device/],
      204: [server, /inodes/],
      502: /cannot create directory .*No space left on device/,
    },
  },
  'journal-cannot-be-written.undetermined': {
    fault: scripts('the folder of journals on the front-end cannot be written to', 'frontend01', {
      make: `mkdir -p ${FOLDER}; chmod 555 ${FOLDER}`,
      undo: `rm -rf ${FOLDER}; [ ! -d ~/.backup-compliance ] || rmdir ~/.backup-compliance`,
      looks: `test -d ${FOLDER} -a ! -w ${FOLDER}`,
    }),
    also: { ...undetermined('501'), ...behind501 },
    reasons: { 202: [server, /the journal .* could not be written: .*Permission denied/], 501: /could not be written/ },
  },
  'journals-cannot-be-kept.undetermined': {
    fault: scripts('a file lies where the front-end is to keep its journals', 'frontend01', {
      make: 'touch ~/.backup-compliance',
      undo: 'rm ~/.backup-compliance',
      looks: 'test -f ~/.backup-compliance',
    }),
    also: theDrill,
    reasons: [server, /could not be locked: mkdir: .*(File exists|Not a directory)/],
  },
  'rename-refused.not-met': {
    fault: failing('no file on backup01 can be renamed, as on storage that keeps what was once written', 'backup01', {
      of: 'mv',
      when: '*.backup-compliance-*',
      tried: 'mv -- .backup-compliance-1 .backup-compliance-2',
      says: 'mv: cannot move: Operation not permitted',
    }),
    reasons: [server, /could not be renamed: “.*Operation not permitted/],
  },
  'server-refuses-at-gate.blocked': {
    fault: 'sshd-down',
    also: { ...notMet('101', '102'), ...behind101, ...blocked('105'), ...theDrill },
    reasons: { 101: [server, /Connection refused/], 102: /Connection refused/ },
  },
  'storage-full-at-gate.not-met': {
    fault: 'disk-full',
    also: { ...notMet('204', '405'), ...theDrill },
    reasons: {
      202: [server, /could not be created: “.*No space left on device/, /df -h/],
      204: server,
      405: /FREE_MB \d+ where the server has 0/,
    },
  },
  'sync-fails.not-met': {
    fault: failing('a file on backup01 cannot be brought to the disk', 'backup01', {
      of: 'sync',
      when: '*datastores/*|*.backup-compliance-*',
      tried: 'sync -- /var/lib/one/datastores/',
      says: 'sync: error syncing: Input/output error',
    }),
    reasons: [server, /could not be synced: “.*Input\/output error/],
  },
  'sync-hangs.undetermined': {
    fault: slow('backup01 does not end to bring a file to the disk', 'backup01', {
      of: 'sync',
      when: '*datastores/*|*.backup-compliance-*',
      tried: 'sync -- /var/lib/one/datastores/',
    }),
    site: quicker({ command: 5 }),
    reasons: [server, /found no answer \(.*within 5 s.*\)/],
  },
  'volume-read-only-at-gate.not-met': {
    fault: 'volume-read-only',
    also: { ...notMet('201'), ...theDrill },
    reasons: { 201: server, 202: [server, /could not be created: “.*Read-only file system/] },
  },
});
