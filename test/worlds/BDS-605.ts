import { failing, intercepted, onedDiesAt } from '../../lab/faults/calls.ts';
import { andThen, prints, sh } from '../../lab/faults/fault.ts';
import { known, set } from '../../lab/faults/opennebula.ts';
import { program } from '../../lab/faults/programs.ts';
import { backupConfig, image, imageFailed, vm } from '../../lab/faults/protection.ts';
import { grown } from '../../lab/faults/restores.ts';
import { scripts } from '../../lab/faults/storage.ts';
import { every, gate, notMet, onlyVm, quick, quicker, undetermined } from './world.ts';

/** Of production web01 alone, whose backups are full ones (VM 2); or web02 alone, which has a chain (5). */
const web01 = { ...quick, ...onlyVm('web01') };
const web02 = { ...quick, ...onlyVm('web02') };

export default every(
  { ...gate, production: true, site: web01 },
  {
    'sample-corrupt.not-met': {
      fault: 'sample-corrupt',
      reasons: /web01 \(2\): .* found .*disk\.0\.0: qemu-img check says “ERROR .*; 7 errors were found/,
    },
    'sample-table-zeroed.not-met': {
      fault: scripts('the tables of clusters of the backups of web01 are zeroed: they read as empty', 'backup01', {
        make: 'tar -cPf /var/tmp/whole.tar $own/2/*/disk.*; for disk in $own/2/*/disk.*; do dd if=/dev/zero of=$disk bs=8 seek=24576 count=1 conv=notrunc 2> /dev/null; done',
        undo: 'tar -xpPf /var/tmp/whole.tar; rm /var/tmp/whole.tar',
        looks: '! qemu-img check $(ls $own/2/*/disk.0.0 | head -1) > /dev/null 2>&1',
      }),
      reasons: /web01 \(2\): .* found .*disk\.0\.0 has \d+ clusters that none of its tables names/,
    },
    'sample-chain-corrupt.not-met': {
      fault: scripts('an increment of web02 is no qcow2 file any more', 'backup01', {
        make: 'disk=$(ls $own/5/*/disk.0.3); cp -a $disk /var/tmp/whole; head -c 4 /dev/zero | dd of=$disk conv=notrunc status=none',
        undo: 'cp -a /var/tmp/whole $own/5/*/disk.0.3; rm /var/tmp/whole',
        looks: '! qemu-img info $own/5/*/disk.0.3 2> /dev/null | grep qcow2',
      }),
      site: web02,
      reasons: /web02 \(5\): .* found .*disk\.0\.3: qemu-img check says “.*not in qcow2 format/,
    },
    'sample-increment-zeroed.not-met': {
      fault: scripts('the table of clusters of an increment of web02 is zeroed: it reads as empty', 'backup01', {
        make: 'disk=$(ls $own/5/*/disk.0.3); cp -a $disk /var/tmp/whole; dd if=/dev/zero of=$disk bs=8 seek=24576 count=1 conv=notrunc 2> /dev/null',
        undo: 'cp -a /var/tmp/whole $own/5/*/disk.0.3; rm /var/tmp/whole',
        looks: 'test -e /var/tmp/whole && ! cmp -s /var/tmp/whole $own/5/*/disk.0.3',
      }),
      site: web02,
      reasons: /web02 \(5\): .* found .*disk\.0\.3 has \d+ clusters that none of its tables names, and 0 that one does/,
    },
    'sample-of-namesake.not-met': {
      fault: scripts('the descriptions beside the backups of web01 are those of another VM with its id', 'backup01', {
        make: 'tar -cPf /var/tmp/whole.tar $own/2/*/vm.xml; for each in $own/2/*/vm.xml; do base64 -d $each | sed "s#<STIME>[0-9]*#<STIME>1700000000#" | base64 > /var/tmp/other; cat /var/tmp/other > $each; done',
        undo: 'tar -xpPf /var/tmp/whole.tar; rm /var/tmp/whole.tar /var/tmp/other',
        looks: 'base64 -d $(ls $own/2/*/vm.xml | head -1) | grep -q "<STIME>1700000000"',
      }),
      reasons: /vm\.xml is that of another VM 2, by its STIME/,
    },
    'sample-of-another.not-met': {
      fault: scripts('the descriptions beside the backups of web01 are those of db01', 'backup01', {
        make: 'tar -cPf /var/tmp/whole.tar $own/2/*/vm.xml; other=$(ls $own/3/*/vm.xml | head -1); for each in $own/2/*/vm.xml; do cat $other > $each; done',
        undo: 'tar -xpPf /var/tmp/whole.tar; rm /var/tmp/whole.tar',
        looks: 'cmp $(ls $own/2/*/vm.xml | head -1) $(ls $own/3/*/vm.xml | head -1)',
      }),
      reasons: /vm\.xml is that of VM 3/,
    },
    'sample-of-another-size.not-met': {
      fault: scripts('the disks in the backups of web01 are those of a smaller VM', 'backup01', {
        make: "tar -cPf /var/tmp/whole.tar $own/2/*/disk.*; qemu-img create -q -f qcow2 /var/tmp/small 16M; qemu-io -f qcow2 -c 'write -q -P 0x5a 0 64k' /var/tmp/small; for disk in $own/2/*/disk.0.*; do cat /var/tmp/small > $disk; done",
        undo: 'tar -xpPf /var/tmp/whole.tar; rm /var/tmp/whole.tar /var/tmp/small',
        looks: 'qemu-img info $(ls $own/2/*/disk.0.0 | head -1) | grep "virtual size: 16 MiB"',
      }),
      reasons: /web01 \(2\): .* found .*disk\.0\.0 holds a disk of 16 MiB, and disk 0 of the VM had 256 MiB by vm\.xml/,
    },
    'sample-differs.not-met': {
      fault: intercepted('backup01 hands disks of web01 out with other data in them', 'backup01', {
        of: 'cat',
        when: '/*/2/*disk.0.*',
        act: '{ head -c 327680; tr Z z; } < "$1"; exit',
        tried:
          'mkdir -p /tmp/2; head -c 1M /dev/zero | tr "\\0" Z > /tmp/2/disk.0.0; cat /tmp/2/disk.0.0 | cmp - /tmp/2/disk.0.0; rm -r /tmp/2',
        looks: /differ/,
      }),
      reasons: [/disk 0 differs: Content mismatch at offset \d+/, /Do not rely on the backups of this datastore/],
    },
    'sample-refused.not-met': {
      fault: failing('OpenNebula restores nothing of production', 'frontend01', {
        of: 'oneimage',
        when: 'restore*-vm2*',
        tried: 'oneimage restore 0 -d default --name x-vm2',
        says: '[one.image.restore] User [0] : Not authorized to perform USE IMAGE [17].',
        exit: 255,
      }),
      reasons: /“\[one\.image\.restore\] User \[0\] : Not authorized/,
    },
    'sample-not-fetched.undetermined': {
      fault: failing('backup01 hands no disk of web01 out to who compares', 'backup01', {
        of: 'cat',
        when: '--*/2/*disk.0.*',
        tried: 'cat -- /tmp/2/disk.0.0',
        says: 'cat: disk.0.0: Input/output error',
      }),
      reasons: /not compared: .*disk\.0\.0 could not be fetched from backup01\.example\.net: .*Input\/output error/,
    },
    'sample-unanswered.undetermined': {
      fault: onedDiesAt('OpenNebula stops when a backup of production is restored', {
        of: 'oneimage',
        when: 'restore*-vm2*',
        tried: 'oneimage restore 0 -d default --name x-vm2',
      }),
      also: undetermined('602'),
      site: { ...quicker({}), ...onlyVm('web01') },
      reasons: { 605: /Failed to open TCP connection|Connection refused/, 602: /could not look/ },
    },
    'sample-deleted-meanwhile.undetermined': {
      fault: andThen(
        program('somebody deletes a backup of web01 while it is restored', 'frontend01', {
          name: 'oneimage',
          script: `case "$*" in restore*-vm2*) echo "$2" > /run/one/gone; echo 'Error getting image'; exit 255 ;;
"list -x") [ ! -e /run/one/gone ] || { gone=$(cat /run/one/gone); $real list -x | sed "s/<ID>$gone</<ID>9$gone</"; exit; } ;; esac
exec $real "$@"`,
          looks: prints('frontend01', 'grep -c /run/one/gone /usr/local/bin/oneimage', /^[1-9]/),
        }),
        (lab) => sh(lab, 'frontend01', 'rm -f /run/one/gone'),
      ),
      reasons: /its backup, image \d+, deleted meanwhile/,
    },
    'sample-in-backup.undetermined': {
      fault: program('a backup of web01 begins when its turn has come', 'frontend01', {
        name: 'onevm',
        script: `case "$*" in "show -x 2") if grep -qs '"change":"restore"' ~/.backup-compliance/*/*.jsonl; then
$real show -x 2 | sed 's/<LCM_STATE>3</<LCM_STATE>69</'; exit; fi ;; esac
exec $real "$@"`,
        looks: prints('frontend01', 'grep -c "LCM_STATE>69" /usr/local/bin/onevm', /^1/),
      }),
      reasons: /web01 \(2\): .*found it being backed up/,
    },
    'sample-flattened.undetermined': {
      fault: known(
        'OpenNebula flattens the chain of web02',
        image('web02', (found) => Object.assign(found, { STATE: '4' })),
        prints('frontend01', 'oneimage list -x', /<STATE>4</),
        'all',
      ),
      site: web02,
      also: { ...undetermined('701', '705', '708') },
      reasons: {
        605: /web02 \(5\): OpenNebula is at work on its backup, image \d+ \(LOCKED\)/,
        701: /web02 \(5\)/,
        705: /LOCKED/,
        708: /web02 \(5\): .*LOCKED/,
      },
      notes: { 703: /web02 \(5\): image \d+, which holds its last backup, is LOCKED/ },
    },
    'sample-too-large.undetermined': {
      fault: grown('web01', 11_264),
      reasons: /web01 \(2\): its newest backup, image \d+, has 11264 MiB, and restore\.sample\.max_size is 10240 MiB/,
    },
    // The test VM keeps no increments, nor does web01: those are restored.
    'sample-chain-not-put-together.undetermined': {
      fault: 'tmpdir-not-writable-on-backup',
      site: web02,
      also: notMet('206'),
      reasons: {
        605: /web02 \(5\): BDS-206 is not met, and its newest backup, image \d+, is a chain, which a restore puts together there/,
        206: /cannot write and enter \/var\/tmp/,
      },
    },
    'sample-has-no-room.undetermined': {
      fault: known(
        'OpenNebula believes that the image datastore is full, though the test backup just fits',
        set('datastores', 1, { FREE_MB: '10' }),
        prints('frontend01', 'onedatastore show -x 1', /<FREE_MB>10</),
        'scheduler',
      ),
      also: notMet('601'),
      reasons: {
        605: /web01 \(2\): its disks need \d+ MiB, and the datastore “default” has 10 MiB free/,
        601: /Not enough space in datastore/,
      },
    },
    // Nothing of what is unusual here keeps a backup from being restored.
    'sample-of-a-chain.met': {
      fault: known(
        'web02 keeps one increment more',
        backupConfig('web02', { KEEP_LAST: '11' }),
        prints('frontend01', 'onevm show -x 5', /<KEEP_LAST>.*11/),
        'all',
      ),
      site: web02,
    },
    'sample-newest-in-error.met': {
      fault: known(
        'the newest backup of web01 is in ERROR, the one before it is not',
        imageFailed('web01', 'Error removing image from datastore'),
        prints('frontend01', 'oneimage list -x', /<STATE>5</),
        'all',
      ),
      also: notMet('706'),
      reasons: { 706: /state ERROR/ },
    },
    'sample-restored-before.met': {
      fault: scripts('somebody has restored the chain of web02 before: its increments name the files below them', 'backup01', {
        make: 'cd $own/5; below=$(ls $PWD/*/disk.0.0); for at in 1 2 3; do disk=$(ls $PWD/*/disk.0.$at); cp -a $disk /var/tmp/was.$at; qemu-img rebase -u -f qcow2 -F qcow2 -b $below $disk; below=$disk; done',
        undo: 'cd $own/5; for at in 1 2 3; do cp -a /var/tmp/was.$at $(ls $PWD/*/disk.0.$at); rm /var/tmp/was.$at; done',
        looks: 'test -e /var/tmp/was.3',
      }),
      site: web02,
    },
    'sample-grown-since.met': {
      fault: scripts('the disk of web02 had grown when its newest increment was made', 'backup01', {
        make: `disk=$(ls $own/5/*/disk.0.3); xml=$(dirname $disk)/vm.xml; cp -a $disk /var/tmp/was; cp -a $xml /var/tmp/was.xml
          qemu-img rebase -q -u -f qcow2 -b '' $disk; qemu-img resize -q $disk 512M; qemu-img rebase -q -u -f qcow2 -F raw -b 'nbd+unix:///vda?socket=/gone' $disk
          base64 -d /var/tmp/was.xml | sed 's#<SIZE>.*256.*</SIZE>#<SIZE>512</SIZE>#' | base64 > $xml`,
        undo: 'disk=$(ls $own/5/*/disk.0.3); cp -a /var/tmp/was $disk; cp -a /var/tmp/was.xml $(dirname $disk)/vm.xml; rm /var/tmp/was /var/tmp/was.xml',
        looks:
          'disk=$(ls $own/5/*/disk.0.3); qemu-img info $disk | grep "virtual size: 512 MiB" && base64 -d $(dirname $disk)/vm.xml | grep "<SIZE>512<"',
      }),
      site: web02,
    },
    'sample-powered-off.met': {
      fault: known(
        'web01 is powered off',
        vm('web01', (found) => Object.assign(found, { STATE: '8', LCM_STATE: '0' })),
        prints('frontend01', 'onevm show -x 2', /<STATE>8</),
        'all',
      ),
    },
    'sample-beside-others.met': {
      fault: scripts('somebody else compares disks, and calls his folders as a gate does', 'frontend01', {
        make: 'mkdir /var/tmp/backup-compliance-2026-01-01T00-00-00Z-0000-vm2; date > /var/tmp/backup-compliance-2026-01-01T00-00-00Z-0000-vm2/disk.0.0',
        undo: 'rm -r /var/tmp/backup-compliance-2026-01-01T00-00-00Z-0000-vm2',
        looks: 'test -e /var/tmp/backup-compliance-2026-01-01T00-00-00Z-0000-vm2/disk.0.0',
      }),
    },
  },
);
