import { arriving, blankOn, cutAt, failing, intercepted, slow } from '../../lab/faults/calls.ts';
import { ELSEWHERE, elsewhereAccepted } from './elsewhere.ts';
import { halfBackedUp } from './faults.ts';
import { every, gate, met, notMet, quicker, server, undetermined } from './world.ts';

const CHECK = { of: 'qemu-img', when: 'check*', tried: 'qemu-img check --help' };

export default every(gate, {
  'blank-backups.undetermined': {
    fault: blankOn('kvm01'),
    reasons: [server, /found no data in any disk: a backup that lost them looks the same/, /look at qemu-img on kvm01\.example\.net/],
  },
  'check-aborts.undetermined': {
    fault: intercepted('qemu-img on backup01 aborts when it checks', 'backup01', {
      ...CHECK,
      act: 'echo "qemu-img: Aborted" >&2; kill -ABRT $$',
      looks: /Aborted/,
    }),
    reasons: [server, /qemu-img could not say whether .*disk\.0\.0 is: “qemu-img: Aborted/, /BDS-302/],
  },
  'check-cannot.undetermined': {
    fault: failing('qemu-img on backup01 is built without the check of this format', 'backup01', {
      ...CHECK,
      says: 'qemu-img: This image format does not support checks',
      exit: 63,
    }),
    reasons: [server, /could not say whether .*does not support checks/],
  },
  'check-hangs.undetermined': {
    fault: slow('qemu-img on backup01 does not end to check', 'backup01', CHECK),
    site: quicker({ backup: 10 }),
    reasons: [server, /found no answer about .*disk\.0\.0 in time/],
  },
  'cluster-leaked.undetermined': {
    fault: arriving('the disks of backups have a cluster that nobody uses', {
      script: `for disk in disk.*; do clusters=$((($(stat -c %s $disk) + 65535) / 65536)); truncate -s $(((clusters + 1) * 65536)) $disk
      printf '\\000\\001' | dd of=$disk bs=1 seek=$((131072 + clusters * 2)) conv=notrunc 2> /dev/null; done`,
      looks: 'qemu-img check disk.0.0 > /dev/null 2>&1; test $? = 3',
    }),
    reasons: [server, /disk\.0\.0 has 1 cluster that none of its tables names, and \d+ that one does: whether they were data is not known/],
  },
  'clusters-lost.undetermined': {
    fault: arriving('every disk that arrives loses the first clusters of its data: they read as empty', {
      script: 'for disk in disk.*; do dd if=/dev/zero of=$disk bs=8 seek=32768 count=16 conv=notrunc 2> /dev/null; done',
      looks: 'qemu-img check disk.0.0 > /dev/null 2>&1; test $? = 3',
    }),
    reasons: [
      server,
      /disk\.0\.0 has \d+ clusters that none of its tables names, and \d+ that one does: whether they were data is not known/,
    ],
  },
  'connection-cut-at-files.undetermined': {
    fault: cutAt('backup01 drops its connections when the files are looked at', {
      of: 'stat',
      when: '*disk.0.0*',
      tried: 'stat /disk.0.0',
    }),
    reasons: [server, /found no answer: Connection to backup01\.example\.net closed/],
  },
  'description-garbled.not-met': {
    fault: arriving('the description beside the disks is garbled', { script: 'echo garbage > vm.xml', looks: 'grep -q garbage vm.xml' }),
    also: notMet('601'),
    reasons: { 503: [server, /vm\.xml cannot be decoded: “base64: invalid input”/], 601: /Cannot (find disk 0|determine Image SIZE)/ },
  },
  'description-lost.not-met': {
    fault: arriving('backup01 loses vm.xml', { script: 'rm vm.xml', looks: '! test -e vm.xml' }),
    also: notMet('601'),
    reasons: { 503: [server, /vm\.xml is missing/], 601: /missing vm\.xml/ },
  },
  'description-of-another.not-met': {
    fault: arriving('the description beside the disks is that of another VM', {
      script: "base64 -d vm.xml | sed 's#<ID>[0-9]*</ID>#<ID>77</ID>#' | base64 > other; mv other vm.xml",
      looks: 'base64 -d vm.xml | grep -q "<ID>77<"',
    }),
    reasons: [server, /vm\.xml is that of VM 77/],
  },
  'description-unanswered.undetermined': {
    fault: slow('backup01 does not end to read a description', 'backup01', {
      of: 'base64',
      when: '*vm.xml',
      tried: 'base64 -d -- /vm.xml',
    }),
    site: quicker({ command: 5 }),
    reasons: [server, /found no answer about .*vm\.xml in time/],
  },
  'disk-empty.not-met': {
    fault: arriving('backup01 keeps the names of files, and nothing in them', {
      script: 'truncate -s 0 disk.*',
      looks: 'test -e disk.0.0 -a ! -s disk.0.0',
    }),
    also: undetermined('601'),
    reasons: { 503: [server, /disk\.0\.0 is empty/], 601: /not compared/ },
  },
  'disk-of-the-test-vm-left-out.not-met': {
    fault: halfBackedUp,
    reasons: [server, /found that image \d+ lacks disk 1 \(data\), left out by DISK_IDS/, /onevm updateconf 0/],
  },
  'disk-lost.not-met': {
    fault: arriving('backup01 loses every disk that arrives', { script: 'rm disk.*', looks: '! ls disk.*' }),
    also: notMet('601'),
    reasons: { 503: [server, /disk\.0\.0 is missing/], 601: /Backup does not contain any disks/ },
  },
  'disk-of-another-size.not-met': {
    fault: arriving('a smaller disk lies in place of every disk that arrives', {
      script:
        "for disk in disk.*; do rm $disk; qemu-img create -q -f qcow2 $disk 16M; qemu-io -f qcow2 -c 'write -q -P 0x5a 0 64k' $disk; done",
      looks: 'qemu-img info disk.0.0 | grep "virtual size: 16 MiB"',
    }),
    reasons: [server, /disk\.0\.0 holds a disk of 16 MiB, and disk 0 of the VM had 256 MiB by vm\.xml/],
  },
  'disk-table-zeroed.not-met': {
    fault: arriving('the table of clusters is zeroed in every disk that arrives: it reads as empty', {
      script: 'for disk in disk.*; do dd if=/dev/zero of=$disk bs=8 seek=24576 count=1 conv=notrunc 2> /dev/null; done',
      looks: 'qemu-img check disk.0.0 > /dev/null 2>&1; test $? = 3',
    }),
    reasons: [server, /disk\.0\.0 has \d+ clusters that none of its tables names, and 0 that one does/],
  },
  'disk-truncated.not-met': {
    fault: arriving('backup01 loses the end of every file', {
      script: 'truncate -s 70000 disk.*',
      looks: 'test "$(stat -c %s disk.0.0)" = 70000',
    }),
    reasons: [server, /disk\.0\.0: qemu-img check says “/, /run the gate again/],
  },
  'test-backup-elsewhere.undetermined': {
    fault: elsewhereAccepted,
    also: { 'BDS-403': 'waived', ...met('407'), ...undetermined('405', '601', '707') },
    reasons: { 403: /waived until/, 405: ELSEWHERE, 503: ELSEWHERE, 601: /restored, but not compared: .*disk\.0\.0/, 707: ELSEWHERE },
  },
  'refcounts-lost.not-met': {
    fault: arriving('backup01 zeroes a part of every disk', {
      script: 'for disk in disk.*; do dd if=/dev/zero of=$disk bs=65536 seek=2 count=1 conv=notrunc 2> /dev/null; done',
      looks: 'qemu-img check disk.0.0 2>&1 | grep -q "ERROR cluster"',
    }),
    reasons: [server, /disk\.0\.0: qemu-img check says “.*(ERROR|errors)/],
  },
  'sizes-unknown.undetermined': {
    fault: failing('files on backup01 cannot be looked at', 'backup01', {
      of: 'stat',
      when: '*disk.0.0*',
      tried: 'stat /disk.0.0',
      says: 'stat: cannot statx: Input/output error',
    }),
    reasons: [server, /found no answer: stat: cannot statx: Input\/output error/, /Log in and look: ssh backup01/],
  },
});
