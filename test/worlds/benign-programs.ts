import { type Fault, loginSays, together } from '../../lab/faults/fault.ts';
import { faultNamed } from '../../lab/faults/index.ts';
import { datastore } from '../../lab/faults/opennebula.ts';
import { instead, lacksLibrary, missing, saying } from '../../lab/faults/programs.ts';
import { bashrc } from '../../lab/faults/ssh.ts';
import { answeringAs, bySnapshots, exportedFunction, inSbin, noIncrements } from './faults.ts';
import type { Table } from './world.ts';

const MACHINES = ['frontend01', 'kvm01', 'kvm02', 'backup01'];
const USERS = ['backup01', 'kvm01', 'kvm02'];

/** What rsync and qemu-img say of themselves where they were built. */
const VERSIONS = {
  'qemuimg-10-0-debian-13':
    'qemu-img version 10.0.2 (Debian 1:10.0.2+ds-2+deb13u1)\nCopyright (c) 2003-2025 Fabrice Bellard and the QEMU Project developers',
  'qemuimg-10-rc': 'qemu-img version 9.2.90 (v10.0.0-rc0-dirty)\nCopyright (c) 2003-2025 Fabrice Bellard and the QEMU Project developers',
  'qemuimg-2-12-centos-7':
    'qemu-img version 2.12.0 (qemu-kvm-ev-2.12.0-44.1.el7_8.1)\nCopyright (c) 2003-2017 Fabrice Bellard and the QEMU Project developers',
  'qemuimg-2-5-0': 'qemu-img version 2.5.0 (Debian 1:2.5+dfsg-5ubuntu10.51), Copyright (c) 2004-2008 Fabrice Bellard',
  'qemuimg-6-2-rhel-8':
    'qemu-img version 6.2.0 (qemu-kvm-6.2.0-53.module+el8.10.0+2055+8eb7870b.4)\nCopyright (c) 2003-2021 Fabrice Bellard and the QEMU Project developers',
  'qemuimg-8-2-ubuntu':
    'qemu-img version 8.2.2 (Debian 1:8.2.2+ds-0ubuntu1.10)\nCopyright (c) 2003-2023 Fabrice Bellard and the QEMU Project developers',
  'qemuimg-9-1-rhel-9':
    'qemu-img version 9.1.0 (qemu-kvm-9.1.0-15.el9_6.7)\nCopyright (c) 2003-2024 Fabrice Bellard and the QEMU Project developers',
  'rsync-3-1-0':
    'rsync  version 3.1.0  protocol version 31\nCopyright (C) 1996-2013 by Andrew Tridgell, Wayne Davison, and others.\nWeb site: http://rsync.samba.org/',
  'rsync-3-1-3-rhel-8': 'rsync  version 3.1.3  protocol version 31\nCopyright (C) 1996-2018 by Andrew Tridgell, Wayne Davison, and others.',
  'rsync-3-2-3-with-v':
    'rsync  version v3.2.3  protocol version 31\nCopyright (C) 1996-2020 by Andrew Tridgell, Wayne Davison, and others.',
  'rsync-3-3-0-snapshot': 'rsync  version 3.3.0pre1-17-g1a2b3c4d  protocol version 31.PR15',
  'rsync-3-4-1': 'rsync  version 3.4.1  protocol version 32\nCopyright (C) 1996-2025 by Andrew Tridgell, Wayne Davison, and others.',
  'rsync-3-5-0-suse':
    'rsync  version 3.5.0-150600.3.1  protocol version 32\nCopyright (C) 1996-2026 by Andrew Tridgell, Wayne Davison, and others.',
};

const withoutIncrements = (fault: Fault) => together(`no VM keeps increments, and ${fault.what}`, [noIncrements, fault]);

export default {
  'functions-that-change-nothing.met': {
    fault: together('.bashrc of oneadmin on kvm01 exports functions that call what they are named after, and one that nobody calls', [
      exportedFunction('kvm01', 'rsync', 'command rsync "$@"'),
      exportedFunction('kvm01', 'ls', 'command ls "$@"'),
      // rsync starts the program.
      exportedFunction('kvm01', 'ssh', 'return 1'),
    ]),
  },
  'limits-pass-a-function-by.met': {
    fault: together('rsync on kvm01 runs under nice, which does not see that .bashrc exports a function of that name', [
      exportedFunction('kvm01', 'rsync', 'return 7'),
      datastore('', { RSYNC_NICE: '5' }),
    ]),
    site: { datastore: { template: { RSYNC_NICE: '5' } } },
  },
  ...Object.fromEntries(
    Object.entries(VERSIONS).map(([name, version]) => [
      `${name}.met`,
      { fault: saying(/^[a-z-]+/.exec(version)?.[0] ?? '', USERS, version) },
    ]),
  ),
  'jq-missing-no-increments.met': {
    fault: withoutIncrements(faultNamed('jq-missing-on-backup')),
    notes: { 304: /backup01.*missing, but needed only once a VM keeps increments: jq/ },
  },
  'locale-c.met': {
    fault: bashrc('all machines have the locale C, without UTF-8', MACHINES, {
      line: 'export LANG=C LC_ALL=C',
    }),
  },
  'locale-de.met': {
    fault: bashrc('all machines speak German', MACHINES, {
      line: 'export LANG=de_DE.UTF-8 LC_ALL=de_DE.UTF-8 LANGUAGE=de:en',
    }),
  },
  'locale-tr.met': {
    fault: bashrc('all machines have a Turkish locale, in which i is not the small letter of I', MACHINES, {
      line: 'export LANG=tr_TR.utf8 LC_ALL=tr_TR.utf8',
    }),
  },
  'mv-missing-no-increments.met': {
    fault: withoutIncrements(missing('mv', 'backup01')),
    notes: { 304: /backup01.*mv \(package coreutils; flattening/ },
  },
  'nbdinfo-in-sbin.met': { fault: inSbin('nbdinfo', 'kvm01') },
  // Snapshots tell what has changed, and no block map is asked for.
  'nbdinfo-missing-by-snapshots.met': {
    fault: together('increments are kept by snapshots, and kvm01 has no nbdinfo', [bySnapshots, faultNamed('nbdinfo-missing-on-host')]),
    notes: { 304: /kvm01.*needed only once one keeps increments by changed blocks \(INCREMENT_MODE CBT\): nbdinfo/ },
  },
  'qemunbd-broken.met': {
    fault: instead('qemu-nbd', 'kvm01', lacksLibrary('qemu-nbd', 'libaio.so.1')),
    notes: { 304: /kvm01.*missing or not running, but needed only once one that keeps increments is powered off: qemu-nbd/ },
  },
  'nbdinfo-missing-no-increments.met': {
    fault: withoutIncrements(faultNamed('nbdinfo-missing-on-host')),
    notes: { 304: /kvm01.*missing, but needed only once a VM keeps increments: nbdinfo/ },
  },
  'opennebula-7-0.met': { fault: answeringAs('7.0.2') },
  'other-locale.met': {
    fault: bashrc('oneadmin on all logins to backup01 has a German locale and lives in Tokyo', 'backup01', {
      line: 'export TZ=Asia/Tokyo LANG=de_DE.UTF-8 LC_NUMERIC=de_DE.UTF-8 LANGUAGE=de',
      looks: loginSays('frontend01', 'backup01', /JST/, 'date'),
    }),
  },
  'posixly-correct.met': {
    fault: bashrc('all machines have POSIXLY_CORRECT, TIME_STYLE and BLOCK_SIZE set', MACHINES, {
      line: 'export POSIXLY_CORRECT=1 TIME_STYLE=+%s BLOCK_SIZE=1M DF_BLOCK_SIZE=1K',
    }),
  },
  'qemuimg-warns.met': {
    fault: saying('qemu-img', USERS, 'qemu-img version 7.0.0', 'qemu-img: warning: module accel-tcg-x86_64 not found'),
  },
  'qemuio-missing-no-increments.met': {
    fault: withoutIncrements(faultNamed('qemuio-missing-on-host')),
    notes: { 304: /kvm01.*missing, but needed only once a VM keeps increments: qemu-io/ },
  },
  // The VM that keeps increments runs; qemu-nbd serves the disks of those that are powered off.
  'qemunbd-missing.met': { fault: 'qemunbd-missing-on-host', notes: { 304: /kvm01.*qemu-nbd/ } },
  'rsync-warns.met': {
    fault: saying('rsync', USERS, 'rsync  version 3.2.5  protocol version 31', 'rsync: warning: no default configuration'),
  },
  'selinux-dot.met': {
    fault: instead('ls', USERS, {
      what: 'shows a dot behind each mode, as where SELinux is on',
      script: '$real "$@" | sed -E "s/^([dlbcsp-][rwxsStT-]{9}) /\\1. /"',
      asked: 'ls -ld /tmp',
      looks: /^exit 0 d[rwxt]{9}\. /,
    }),
  },
  'time-zone.met': {
    fault: bashrc('all machines have the time of Kathmandu', MACHINES, {
      line: 'export TZ=Asia/Kathmandu',
    }),
  },
  // Paths that are not covered need programs of their own, which are never looked for.
  'tpm-and-rbd-programs-missing.met': { fault: missing('tar', MACHINES) },
  'umask-077.met': {
    fault: bashrc('the profile of all machines keeps new files private', MACHINES, {
      line: 'umask 077',
    }),
  },
} satisfies Table;
