import {
  answering,
  CHATTY,
  CRASHES,
  HANGS,
  KILLED,
  lacksLibrary,
  misfits,
  notExecutable,
  SILENT,
  saying,
  stubborn,
} from '../../lab/faults/programs.ts';
import { exportedFunction } from './faults.ts';
import { server, type Table } from './world.ts';

export default {
  'rsync-crashes-on-backup.not-met': { fault: answering('rsync', 'backup01', CRASHES), reasons: [server, /does not run \(exit 139\)/] },
  'rsync-hangs-and-stays-on-backup.undetermined': {
    fault: stubborn('rsync', 'backup01'),
    site: { deadlines: { command: 2 } },
    reasons: [server, /no answer to “rsync --version” within \d s/],
  },
  'rsync-hangs-on-backup.undetermined': {
    fault: answering('rsync', 'backup01', HANGS),
    site: { deadlines: { command: 3 } },
    reasons: [server, /no answer to “rsync --version” within 3 s/, /ssh backup01/],
  },
  'rsync-is-openrsync-on-backup.not-met': {
    fault: saying('rsync', 'backup01', 'openrsync: protocol version 29\nrsync version 2.6.9 compatible'),
    reasons: [server, /found 2\.6\.9/],
  },
  'rsync-is-function-on-backup.not-met': {
    fault: exportedFunction('backup01', 'rsync', 'return 7'),
    reasons: [server, /does not run \(exit 7\)/, /type -a rsync/],
  },
  'rsync-killed-on-backup.not-met': { fault: answering('rsync', 'backup01', KILLED), reasons: [server, /does not run \(exit 137\)/] },
  'rsync-library-does-not-fit-on-backup.not-met': {
    fault: answering('rsync', 'backup01', misfits('rsync')),
    reasons: [server, /does not run \(exit 127\)/, /symbol lookup error/],
  },
  'rsync-library-missing-on-backup.not-met': {
    fault: answering('rsync', 'backup01', lacksLibrary('rsync', 'libpopt.so.0')),
    reasons: [server, /does not run \(exit 127\)/, /libpopt\.so\.0/],
  },
  'rsync-library-too-old-on-backup.not-met': {
    fault: answering('rsync', 'backup01', {
      what: 'needs a newer library',
      script: 'echo "rsync: /lib64/libc.so.6: version GLIBC_2.38 not found (required by rsync)" >&2; exit 1',
      looks: /^exit 1 .*GLIBC_2/,
    }),
    reasons: [server, /does not run \(exit 1\)/, /GLIBC_2\.38/],
  },
  'rsync-missing-on-backup.not-met': {
    fault: 'rsync-missing-on-backup',
    reasons: [server, /command not found/, /Install the package rsync/],
  },
  'rsync-not-executable-on-backup.not-met': {
    fault: notExecutable('rsync', 'backup01'),
    reasons: [server, /does not run \(exit 126\)/, /Permission denied/],
  },
  'rsync-older-than-declared-on-backup.not-met': {
    fault: saying('rsync', 'backup01', 'rsync  version 3.2.3  protocol version 31'),
    site: { programs: { rsync: '3.2.4' } },
    reasons: [server, /rsync 3\.2\.4 or newer, found 3\.2\.3/],
  },
  'rsync-prints-garbage-on-backup.not-met': { fault: answering('rsync', 'backup01', CHATTY), reasons: [server, /names no version/] },
  'rsync-prints-nothing-on-backup.not-met': {
    fault: answering('rsync', 'backup01', SILENT),
    reasons: [server, /names no version/, /Repair or upgrade/],
  },
  'rsync-release-candidate-on-backup.not-met': {
    fault: saying('rsync', 'backup01', 'rsync  version 3.1.0pre1  protocol version 31.PR14'),
    reasons: [server, /found 3\.1\.0pre1/],
  },
  'rsync-too-old-on-backup.not-met': {
    fault: saying('rsync', 'backup01', 'rsync  version 3.0.9  protocol version 30'),
    reasons: [server, /expected rsync 3\.1\.0 or newer, found 3\.0\.9\b/, /Repair or upgrade/],
  },
} satisfies Table;
