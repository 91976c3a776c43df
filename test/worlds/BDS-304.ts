import { together } from '../../lab/faults/fault.ts';
import { faultNamed } from '../../lab/faults/index.ts';
import {
  CRASHES,
  command,
  FAILS,
  HANGS,
  instead,
  lacksLibrary,
  misfits,
  missing,
  notExecutable,
  SILENT,
} from '../../lab/faults/programs.ts';
import { inSbin, poweredOff } from './faults.ts';
import { blocked, kvm01, kvm02, onBoth, onlyKvm01, type Table, undetermined } from './world.ts';

const lacks = (program: string, on: string, words: RegExp) => ({ fault: missing(program, on), only: on, reasons: words });
/** A program that is there, and of no use. */
const fails = (program: string, on: string, how = FAILS) => ({
  fault: instead(program, on, how),
  only: on,
  reasons: [new RegExp(`${on}.*there, but not running: ${program} \\(package`), new RegExp(`Repair or reinstall \\w+ on ${on}`)],
});

/** Of a machine whose bash says nothing. */
const silent = (...requirements: readonly number[]) =>
  Object.fromEntries(requirements.map((number) => [number, /no answer \(exit 1\)\. Log in and look whether bash runs there/]));

export default {
  'awk-broken-on-frontend.not-met': fails('awk', 'frontend01'),
  'awk-broken-on-host.not-met': fails('awk', 'kvm01'),
  // All that is asked of a machine is asked of bash.
  'bash-broken-on-backup.not-met': {
    ...fails('bash', 'backup01'),
    also: undetermined('104', '201', '203', '204', '206', '301', '302', '405'),
    reasons: { 304: fails('bash', 'backup01').reasons, ...silent(104, 201, 203, 204, 206, 301, 302, 405) },
  },
  'bash-broken-on-host.not-met': {
    ...fails('bash', 'kvm01'),
    also: { ...undetermined('102', '205', '303', '305', '306'), ...blocked('105') },
    reasons: { 304: fails('bash', 'kvm01').reasons, 102: /accepted the login, but did not answer/, ...silent(205, 303, 305, 306) },
  },
  'cat-broken-on-backup.not-met': fails('cat', 'backup01'),
  'cat-silent-on-backup.not-met': fails('cat', 'backup01', SILENT),
  'curl-broken-on-frontend.not-met': fails('curl', 'frontend01', lacksLibrary('curl', 'libcurl.so.4')),
  'du-broken-on-host.not-met': fails('du', 'kvm01', lacksLibrary('du', 'libc.so.6')),
  // It tells us of the storage directory, too.
  'find-broken-on-backup.not-met': {
    ...fails('find', 'backup01'),
    also: undetermined('201'),
    reasons: { 304: fails('find', 'backup01').reasons, 201: /no answer \(ls -ld/ },
  },
  'head-broken-on-host.not-met': fails('head', 'kvm01'),
  'ls-broken-on-host.not-met': fails('ls', 'kvm01'),
  'md5sum-broken-on-frontend.not-met': fails('md5sum', 'frontend01'),
  'mkdir-broken-on-backup.not-met': fails('mkdir', 'backup01'),
  'mkdir-broken-on-host.not-met': fails('mkdir', 'kvm01', CRASHES),
  'mv-broken-on-backup.not-met': fails('mv', 'backup01'),
  'ps-broken-on-host.not-met': fails('ps', 'kvm01'),
  'rm-broken-on-backup.not-met': fails('rm', 'backup01'),
  'rm-broken-on-host.not-met': fails('rm', 'kvm01'),
  'awk-missing-on-frontend.not-met': lacks('awk', 'frontend01', /frontend01.*awk \(package mawk; .*monitoring/),
  'awk-missing-on-host.not-met': lacks('awk', 'kvm01', /kvm01.*awk \(package mawk; .*cancelling/),
  'cat-missing-on-backup.not-met': lacks('cat', 'backup01', /backup01.*cat \(package coreutils; .*sends the disk/),
  'curl-missing-on-frontend.not-met': {
    fault: 'curl-missing-on-frontend',
    only: 'frontend01',
    reasons: /frontend01.*curl \(package curl; .*downloader fetches/,
  },
  'curl-not-executable-on-frontend.not-met': {
    fault: notExecutable('curl', 'frontend01'),
    only: 'frontend01',
    reasons: /frontend01.*curl \(package curl/,
  },
  'df-missing-on-backup.not-met': lacks('df', 'backup01', /backup01.*df \(package coreutils; .*monitoring/),
  'df-missing-on-frontend.not-met': lacks('df', 'frontend01', /frontend01.*df \(package coreutils; .*free space/),
  'du-missing-on-host.not-met': lacks('du', 'kvm01', /kvm01.*du \(package coreutils; .*size/),
  'everything-missing.not-met': {
    fault: together('something is missing on every machine', [
      faultNamed('curl-missing-on-frontend'),
      faultNamed('virsh-missing-on-host'),
      missing('ps', 'kvm02'),
      faultNamed('jq-missing-on-backup'),
    ]),
    also: blocked('306'),
    only: ['kvm01', 'kvm02', 'frontend01', 'backup01'],
    reasons: [/frontend01.*curl/, /kvm01.*virsh/, /kvm02.*ps/, /backup01.*jq/],
  },
  'head-missing-on-host.not-met': lacks('head', 'kvm01', /kvm01.*head \(package coreutils; .*list/),
  // The lab has a VM that keeps increments, so what only increments need is needed.
  'jq-missing-on-backup.not-met': {
    fault: 'jq-missing-on-backup',
    only: 'backup01',
    reasons: [/backup01.*jq/, /files01 \(1\)/, /first flatten destroys the chain/],
  },
  'jq-broken-on-backup.not-met': {
    fault: instead('jq', 'backup01', lacksLibrary('jq', 'libjq.so.1')),
    only: 'backup01',
    reasons: [/backup01.*there, but not running: jq.*libjq\.so\.1/, /Repair or reinstall jq/, /files01 \(1\)/],
  },
  'jq-misfits-on-backup.not-met': {
    fault: instead('jq', 'backup01', misfits('jq')),
    only: 'backup01',
    reasons: /backup01.*not running: jq.*symbol lookup error/,
  },
  'ls-missing-on-host.not-met': lacks('ls', 'kvm01', /kvm01.*ls \(package coreutils; .*lists/),
  'md5sum-missing-on-frontend.not-met': lacks('md5sum', 'frontend01', /frontend01.*md5sum \(package coreutils; .*names the image/),
  'mkdir-missing-on-backup.not-met': lacks('mkdir', 'backup01', /backup01.*mkdir \(package coreutils; .*directory for the data/),
  'mkdir-missing-on-host.not-met': lacks('mkdir', 'kvm01', /kvm01.*mkdir \(package coreutils; .*staging/),
  'mv-missing-on-backup.not-met': lacks('mv', 'backup01', /backup01.*mv \(package coreutils; .*flattening/),
  // Before 7.2 the driver does not look there.
  'nbdinfo-in-sbin-before-7-2.not-met': {
    fault: inSbin('nbdinfo', 'kvm01'),
    release: '6.10.5',
    only: 'kvm01',
    reasons: /kvm01.*missing: nbdinfo/,
  },
  // Whether increments are kept is not known, and so what is needed is not.
  'onevm-fails.undetermined': {
    fault: command('onevm on frontend01 fails', 'onevm', {
      script: 'echo "execution expired" >&2; exit 255',
      looks: /execution expired/,
    }),
    also: blocked('406', '407'),
    reasons: [/onevm list -x --extended/, /execution expired/],
  },
  'onevm-hangs.undetermined': {
    fault: command('onevm on frontend01 hangs', 'onevm', { script: 'exec sleep 60', looks: /exit 124$/, asked: 'timeout 1 onevm list' }),
    site: { deadlines: { command: 3 } },
    also: blocked('406', '407'),
    reasons: [/onevm list -x --extended/, /did not answer in time/],
  },
  'programs-hang-on-host.undetermined': {
    fault: instead('qemu-io', 'kvm01', HANGS),
    site: { deadlines: { command: 3 } },
    only: 'kvm01',
    reasons: [/kvm01/, /none within 3 s/],
  },
  'ps-missing-on-host.not-met': lacks('ps', 'kvm01', /kvm01.*ps \(package procps; .*cancelling/),
  'qemuimg-missing-on-frontend.not-met': lacks('qemu-img', 'frontend01', /frontend01.*qemu-img \(package qemu-utils; .*format and size/),
  'qemuio-crashes-on-host.not-met': {
    fault: instead('qemu-io', 'kvm01', CRASHES),
    only: 'kvm01',
    reasons: /kvm01.*not running: qemu-io.*exit 139/,
  },
  'rm-missing-on-backup.not-met': lacks('rm', 'backup01', /backup01.*rm \(package coreutils; .*deleting/),
  'rm-missing-on-host.not-met': lacks('rm', 'kvm01', /kvm01.*rm \(package coreutils; .*clears/),
  'ruby-broken-on-host.not-met': {
    fault: instead('ruby', 'kvm01', lacksLibrary('ruby', 'libruby-3.1.so.3.1')),
    only: 'kvm01',
    reasons: /kvm01.*not running: ruby.*libruby-3\.1/,
  },
  'ruby-missing-on-frontend.not-met': {
    fault: 'ruby-missing-on-frontend',
    only: 'frontend01',
    reasons: /frontend01.*ruby \(package ruby; .*parts of the driver/,
  },
  'ruby-missing-on-host.not-met': {
    fault: 'ruby-missing-on-host',
    only: 'kvm01',
    reasons: /kvm01.*ruby \(package ruby; .*prepares the disks/,
  },
  'sed-missing-on-frontend.not-met': lacks('sed', 'frontend01', /frontend01.*sed \(package sed; .*arguments/),
  // Whether the backup server would let the host in cannot be tried without it, nor what key it would show.
  'ssh-missing-on-host.not-met': {
    fault: missing('ssh', 'kvm01'),
    also: { ...undetermined('102'), ...blocked('105') },
    machines: { ...onlyKvm01('102', 'undetermined'), ...onlyKvm01('304') },
    reasons: { 102: [/kvm01/, /ssh/], 304: /kvm01.*ssh \(package openssh-client; transfer/ },
  },
  // No other machine can be asked without it.
  'ssh-not-executable-on-frontend.not-met': {
    fault: notExecutable('ssh', 'frontend01', 'ssh on frontend01 cannot be run'),
    also: {
      ...undetermined('101', '102'),
      ...blocked('104', '105', '201', '203', '204', '205', '206', '301', '302', '303', '305', '306', '405', '407', '707'),
    },
    machines: { 'BDS-304': { [kvm01]: 'blocked', 'frontend01.example.net': 'not-met', 'backup01.example.net': 'blocked' } },
    reasons: { 101: /ssh/, 102: /ssh/, 304: /frontend01.*ssh \(package openssh-client/ },
  },
  // Whether libvirt answers cannot be asked without it.
  'virsh-broken-on-host.not-met': {
    fault: instead('virsh', 'kvm01', lacksLibrary('virsh', 'libvirt.so.0')),
    also: blocked('306'),
    only: 'kvm01',
    reasons: /kvm01.*not running: virsh.*libvirt\.so\.0/,
  },
  'virsh-missing-on-both.not-met': {
    fault: missing('virsh', ['kvm01', 'kvm02']),
    also: blocked('306'),
    machines: { 'BDS-304': { [kvm01]: 'not-met', [kvm02]: 'not-met', 'frontend01.example.net': 'met' } },
    reasons: [/kvm01.*kvm02/s, /virsh/],
  },
  'virsh-missing-on-host.not-met': {
    fault: 'virsh-missing-on-host',
    also: blocked('306'),
    only: 'kvm01',
    reasons: /kvm01.*virsh \(package libvirt-clients; .*freezes and copies/,
  },
  // What increments need is looked for where the driver of that release looks.
  ...onBoth({
    'nbdinfo-broken-on-host.not-met': {
      fault: instead('nbdinfo', 'kvm01', lacksLibrary('nbdinfo', 'libnbd.so.0')),
      only: 'kvm01',
      reasons: [/kvm01.*not running: nbdinfo.*libnbd\.so\.0/, /files01 \(1\)/],
    },
    'nbdinfo-missing-on-host.not-met': { fault: 'nbdinfo-missing-on-host', only: 'kvm01', reasons: [/kvm01.*nbdinfo/, /files01 \(1\)/] },
    'qemuio-missing-on-host.not-met': {
      fault: 'qemuio-missing-on-host',
      only: 'kvm01',
      reasons: [/kvm01.*qemu-io \(package qemu-utils; incremental/, /files01 \(1\)/],
    },
    'qemunbd-missing-powered-off.not-met': {
      fault: together('the VM that keeps increments is powered off, and kvm01 has no qemu-nbd', [
        poweredOff,
        faultNamed('qemunbd-missing-on-host'),
      ]),
      only: 'kvm01',
      reasons: [/kvm01.*qemu-nbd \(package qemu-utils; incremental backup of a powered-off/, /files01 \(1\)/],
    },
  }),
} satisfies Table;
