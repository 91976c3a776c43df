import { overHostSays, prints, together } from '../../lab/faults/fault.ts';
import { faultNamed } from '../../lab/faults/index.ts';
import {
  answering,
  CHATTY,
  CRASHES,
  HANGS,
  KILLED,
  lacksLibrary,
  misfits,
  missing,
  notExecutable,
  SILENT,
  saying,
} from '../../lab/faults/programs.ts';
import { bashrc, client, rrsync, sshd } from '../../lab/faults/ssh.ts';
import { exportedFunction } from './faults.ts';
import { kvm01, kvm02, notMet, server, type Table } from './world.ts';

const both = ['kvm01', 'kvm02'];

/** The program is there; what keeps it out is 102's, under whose name these worlds would stand today. */
const ofTransfer = (on: readonly string[], reasons: readonly RegExp[]) => ({
  also: { 'BDS-303': 'met', ...notMet('102') } as const,
  machines: { 'BDS-102': { [kvm01]: 'not-met', [kvm02]: on.length > 1 ? 'not-met' : 'met' } } as const,
  reasons: { 102: reasons },
});

export default {
  'host-rsync-pretends.not-met': {
    fault: 'host-rsync-pretends',
    only: 'kvm01',
    reasons: [/kvm01.*expected rsync to log in to backup01/, /logs in nowhere/],
  },
  'rsync-is-function.not-met': {
    fault: exportedFunction('kvm01', 'rsync', 'return 7'),
    only: 'kvm01',
    reasons: [/kvm01/, /rsync 3\.1\.0 or newer, found one that does not run \(exit 7\)/, /type -a rsync/],
  },
  'rsync-is-function-that-pretends.not-met': {
    fault: exportedFunction('kvm01', 'rsync', '[ "$*" != --version ] || command rsync --version'),
    only: 'kvm01',
    reasons: [/kvm01.*expected rsync to log in to backup01/, /logs in nowhere/, /type -a rsync/],
  },
  'both-programs-missing.not-met': {
    fault: together('kvm01 lacks rsync, and kvm02 qemu-img', [faultNamed('rsync-missing-on-host'), missing('qemu-img', 'kvm02')]),
    only: both,
    reasons: [/kvm01.*rsync/s, /kvm02.*qemu-img/s],
  },
  'one-missing-other-hangs.not-met': {
    fault: together('kvm01 lacks rsync, and its qemu-img hangs', [
      faultNamed('rsync-missing-on-host'),
      answering('qemu-img', 'kvm01', HANGS),
    ]),
    site: { deadlines: { command: 3 } },
    only: 'kvm01',
    reasons: [/kvm01.*rsync/, /command not found/],
  },
  'qemuimg-hangs-on-host.undetermined': {
    fault: answering('qemu-img', 'kvm02', HANGS),
    site: { deadlines: { command: 3 } },
    only: 'kvm02',
    reasons: [/kvm02/, /no answer to “qemu-img --version” within 3 s/, /ssh kvm02/],
  },
  'qemuimg-killed-on-host.not-met': {
    fault: answering('qemu-img', 'kvm02', KILLED),
    only: 'kvm02',
    reasons: [/kvm02/, /does not run \(exit 137\)/],
  },
  'qemuimg-library-does-not-fit-on-both.not-met': {
    fault: answering('qemu-img', both, misfits('qemu-img')),
    only: both,
    reasons: [/kvm01.*kvm02/s, /does not run \(exit 127\)/, /symbol lookup error/],
  },
  'qemuimg-library-missing-on-host.not-met': {
    fault: answering('qemu-img', 'kvm02', lacksLibrary('qemu-img', 'libgnutls.so.30')),
    only: 'kvm02',
    reasons: [/kvm02/, /does not run \(exit 127\)/, /libgnutls\.so\.30/],
  },
  'qemuimg-missing-on-host.not-met': {
    fault: 'qemuimg-missing-on-host',
    only: 'kvm01',
    reasons: [/kvm01/, /qemu-img/, /command not found/],
  },
  'qemuimg-not-executable-on-host.not-met': {
    fault: notExecutable('qemu-img', 'kvm02'),
    only: 'kvm02',
    reasons: [/kvm02/, /does not run \(exit 126\)/, /Permission denied/],
  },
  'qemuimg-prints-garbage-on-host.not-met': {
    fault: answering('qemu-img', 'kvm02', CHATTY),
    only: 'kvm02',
    reasons: [/kvm02/, /names no version/],
  },
  'qemuimg-too-old-on-host.not-met': {
    fault: saying('qemu-img', 'kvm02', 'qemu-img version 2.4.1 (Debian 1:2.4+dfsg-4), Copyright (c) 2004-2008 Fabrice Bellard'),
    only: 'kvm02',
    reasons: [/kvm02/, /expected qemu-img 2\.5 or newer, found 2\.4\.1\b/, /Repair or upgrade/],
  },
  'rsync-cannot-talk-on-host.not-met': {
    fault: client('ssh on kvm01 reads nothing from whoever starts it', 'kvm01', {
      lines: 'Host backup01*\\n  StdinNull yes',
      looks: prints('kvm01', 'ssh -G backup01.example.net', /^stdinnull yes$/m),
    }),
    ...ofTransfer(['kvm01'], [/kvm01.*→ backup01/, server, /connection unexpectedly closed|argc is zero/, /ssh -G backup01/]),
  },
  'rsync-crashes-on-host.not-met': {
    fault: answering('rsync', 'kvm01', CRASHES),
    only: 'kvm01',
    reasons: [/kvm01/, /does not run \(exit 139\)/],
  },
  'rsync-finds-other-root.not-met': {
    fault: rrsync(
      'the key lets hypervisor hosts do no more than rsync, and that only below a directory that is a root of its own to them',
      '/var/lib/one/datastores',
      /rrsync/,
    ),
    ...ofTransfer(both, [/kvm01/, server, /is shown no \/var\/lib\/one\/datastores\/100 there/, /command=/]),
  },
  'rsync-hangs-on-both.undetermined': {
    fault: answering('rsync', both, HANGS),
    site: { deadlines: { command: 3 } },
    only: both,
    reasons: [/kvm01.*kvm02/s, /no answer to “rsync --version” within 3 s/, /ssh kvm01/],
  },
  'rsync-hangs-on-host.undetermined': {
    fault: answering('rsync', 'kvm01', HANGS),
    site: { deadlines: { command: 3 } },
    only: 'kvm01',
    reasons: [/kvm01/, /no answer to “rsync --version” within 3 s/, /ssh kvm01/],
  },
  'rsync-library-missing-on-host.not-met': {
    fault: answering('rsync', 'kvm01', lacksLibrary('rsync', 'libpopt.so.0')),
    only: 'kvm01',
    reasons: [/kvm01/, /does not run \(exit 127\)/, /libpopt\.so\.0/],
  },
  'rsync-missing-on-both.not-met': { fault: missing('rsync', both), only: both, reasons: [/kvm01.*kvm02/s, /command not found/] },
  'rsync-missing-on-host.not-met': { fault: 'rsync-missing-on-host', only: 'kvm01', reasons: [/kvm01/, /rsync/, /command not found/] },
  'rsync-not-executable-on-host.not-met': {
    fault: notExecutable('rsync', 'kvm01'),
    only: 'kvm01',
    reasons: [/kvm01/, /does not run \(exit 126\)/, /Permission denied/],
  },
  'rsync-of-hosts-forced-to-nothing.not-met': {
    fault: sshd('sshd on backup01 runs another command for whoever comes from a hypervisor host', 'backup01', {
      lines: 'Match Address 198.19.0.0/16\\n  ForceCommand echo not for you >\\&2\\nMatch all',
      looks: overHostSays('kvm01', /not for you/),
    }),
    ...ofTransfer(both, [/kvm01/, server, /get an answer from rsync/, /not for you/, /ForceCommand/]),
  },
  'rsync-prints-nothing-on-host.not-met': {
    fault: answering('rsync', 'kvm01', SILENT),
    only: 'kvm01',
    reasons: [/kvm01/, /names no version/, /Repair or upgrade/],
  },
  'rsync-takes-other-port-on-host.not-met': {
    fault: bashrc('rsync on kvm01 is told by its environment to log in at another port', 'kvm01', {
      line: 'export RSYNC_RSH="ssh -p 2222"',
      looks: prints('frontend01', "ssh -o BatchMode=yes kvm01.example.net 'echo $RSYNC_RSH'", /^ssh -p 2222$/m),
    }),
    ...ofTransfer(['kvm01'], [/kvm01.*→ backup01/, server, /Connection refused/, /RSYNC_RSH/]),
  },
  'rsync-too-old-on-both.not-met': {
    fault: saying('rsync', both, 'rsync  version 3.0.9  protocol version 30'),
    only: both,
    reasons: [/kvm01.*kvm02/s, /expected rsync 3\.1\.0 or newer, found 3\.0\.9\b/, /Repair or upgrade/],
  },
  'rsync-too-old-on-host.not-met': {
    fault: saying('rsync', 'kvm01', 'rsync  version 3.0.9  protocol version 30'),
    only: 'kvm01',
    reasons: [/kvm01/, /expected rsync 3\.1\.0 or newer, found 3\.0\.9\b/, /Repair or upgrade/],
  },
} satisfies Table;
