import { together } from '../../lab/faults/fault.ts';
import { command, instead, missing } from '../../lab/faults/programs.ts';
import { bashrc } from '../../lab/faults/ssh.ts';
import { halfFull, mounts, scripts, smallVolume } from '../../lab/faults/storage.ts';
import { alone, fileSystemHangs, fileSystemUnreadable, noCommand, secondSystemDatastore, stagedAt, stagingSaid } from './faults.ts';
import { blocked, type Table, withoutDatastores } from './world.ts';

const notThePool = [/onedatastore list -x/, /not the pool, or not all of it/];

/** The folder of VM 0 on kvm01 is changed, and changed back. */
const itsFolder = (what: string, make: string, undo: string, looks: string) =>
  mounts(what, 'kvm01', { make: `vm=$storage/0/0; ${make}`, undo: `vm=$storage/0/0; ${undo}`, looks: `vm=$storage/0/0; ${looks}` });
const ONLY = { only: 'kvm01' } as const;

export default {
  'elsewhere-staged-missing.not-met': {
    fault: stagingSaid('/srv/stage'),
    only: ['kvm01', 'kvm02'],
    reasons: [/kvm01.*kvm02/s, /oneadmin cannot write and enter \/, and \/srv\/stage is not there\./],
  },
  'elsewhere-staged-not-writable.not-met': {
    fault: together('hosts stage backups elsewhere, where oneadmin may not write on kvm01', [
      stagedAt('/var/lib/one/stage'),
      scripts('', 'kvm01', {
        make: 'chmod 555 /var/lib/one/stage',
        undo: 'chmod 755 /var/lib/one/stage',
        looks: '! test -w /var/lib/one/stage',
      }),
    ]),
    ...ONLY,
    reasons: [/kvm01/, /oneadmin cannot write and enter \/var\/lib\/one\/stage/],
  },
  // Disks go there, and what is made meanwhile stays beside the VM.
  'elsewhere-staged-own-folder-not-writable.not-met': {
    fault: together('hosts stage backups elsewhere, and oneadmin may not write to the folder of VM 0 on kvm01', [
      stagedAt('/var/lib/one/stage'),
      itsFolder('', 'chmod 555 $vm', 'chmod 755 $vm', 'test "$(stat -c %a $vm)" = 555'),
    ]),
    ...ONLY,
    reasons: [/kvm01/, /oneadmin cannot write and enter \/var\/lib\/one\/datastores\/0\/0\./],
  },
  'elsewhere-staged-tmp-is-file.not-met': {
    fault: together('hosts stage backups elsewhere, and there is a file where the driver makes tmp/ on kvm01', [
      stagedAt('/var/lib/one/stage'),
      itsFolder('', 'touch $vm/tmp', 'rm $vm/tmp', 'test -f $vm/tmp'),
    ]),
    ...ONLY,
    reasons: [/kvm01/, /0\/0\/tmp is no directory, and the driver makes one there/],
  },
  'vm-folder-not-writable.not-met': {
    fault: itsFolder(
      'oneadmin may not write to the folder of VM 0 on kvm01',
      'chmod 555 $vm',
      'chmod 755 $vm',
      'test "$(stat -c %a $vm)" = 555',
    ),
    ...ONLY,
    reasons: [/kvm01/, /oneadmin cannot write and enter \/var\/lib\/one\/datastores\/0\/0\./],
  },
  'vm-folder-not-enterable.not-met': {
    fault: itsFolder(
      'oneadmin may not enter the folder of VM 0 on kvm01',
      'chmod 666 $vm',
      'chmod 755 $vm',
      'test "$(stat -c %a $vm)" = 666',
    ),
    ...ONLY,
    reasons: [/kvm01/, /cannot write and enter \/var\/lib\/one\/datastores\/0\/0\./],
  },
  'vm-folder-read-only.not-met': {
    fault: itsFolder(
      'the folder of VM 0 on kvm01 is mounted read-only',
      'mount -n --bind $vm $vm; mount -n -i -o remount,ro,bind $vm',
      'umount -n $vm',
      '! touch $vm/disk.0',
    ),
    ...ONLY,
    reasons: [/kvm01/, /cannot write and enter \/var\/lib\/one\/datastores\/0\/0\./, /findmnt -T/],
  },
  'vm-folder-no-inodes.not-met': {
    fault: itsFolder(
      'the folder of VM 0 on kvm01 is a volume of its own, and has no inode left',
      'mount -n -t tmpfs -o nr_inodes=8,mode=755 small $vm; touch $vm/disk.{1..20} 2> /dev/null || true',
      'umount -n $vm',
      'test "$(df --output=iavail $vm | tail -n 1)" -eq 0',
    ),
    ...ONLY,
    reasons: [/kvm01/, /datastores\/0\/0 has no inode free/, /df -i/],
  },
  'vm-folder-full.not-met': {
    fault: itsFolder(
      'the folder of VM 0 on kvm01 is a volume of its own, and full',
      'mount -n -t tmpfs -o size=1m,mode=755 small $vm; cat /dev/zero > $vm/filler 2> /dev/null || true',
      'umount -n $vm',
      'test "$(df --output=avail $vm | tail -n 1)" -eq 0',
    ),
    ...ONLY,
    reasons: [/kvm01/, /datastores\/0\/0 has 0\.0 % free/],
  },
  'leftover-not-deletable.not-met': {
    fault: itsFolder(
      'an earlier backup has left something on kvm01 that oneadmin may not delete',
      'mkdir -p $vm/backup/kept; touch $vm/backup/kept/file; chmod 555 $vm/backup/kept',
      'chmod 755 $vm/backup/kept; rm -r $vm/backup',
      'test "$(stat -c %a $vm/backup/kept)" = 555',
    ),
    ...ONLY,
    reasons: [/kvm01/, /oneadmin cannot delete \/var\/lib\/one\/datastores\/0\/0\/backup, which an earlier backup left/],
  },
  'leftover-is-file.not-met': {
    fault: itsFolder('there is a file where the driver stages backups on kvm01', 'touch $vm/backup', 'rm $vm/backup', 'test -f $vm/backup'),
    ...ONLY,
    reasons: [/kvm01/, /0\/0\/backup is no directory, and the driver makes one there/],
  },
  'host-file-limit.not-met': {
    fault: bashrc('files of oneadmin may not exceed 100 KiB on kvm01', 'kvm01', { line: 'ulimit -f 100' }),
    ...ONLY,
    reasons: [/kvm01/, /ulimit -f limits files to 100 KiB, and disk 0 of/, /limits\.conf/],
  },
  'host-umask.not-met': {
    fault: bashrc('directories of oneadmin cannot be entered on kvm02', 'kvm02', { line: 'umask 0117' }),
    only: 'kvm02',
    reasons: [/kvm02/, /umask 0117/, /\.bashrc/],
  },
  // The directory of the system datastore is made with the first VM; until then what is above it counts.
  'hosts-root-full.not-met': {
    fault: mounts('kvm02 has no directory of the system datastore yet, and what is above it is full', 'kvm02', {
      make: 'mount -n -t tmpfs -o size=1m,mode=755 small $storage; cat /dev/zero > $storage/filler 2> /dev/null || true',
      undo: 'umount -n $storage',
      looks: '! test -e $storage/0; test "$(df --output=avail $storage | tail -n 1)" -eq 0',
    }),
    only: 'kvm02',
    reasons: [/kvm02/, /datastores has 0\.0 % free/],
  },
  'elsewhere-staged-full.not-met': {
    fault: together('hosts stage backups elsewhere, where kvm02 has no room', [
      stagedAt('/var/lib/one/stage'),
      smallVolume('', 'kvm02', { at: '/var/lib/one/stage' }),
    ]),
    only: 'kvm02',
    reasons: [/kvm02/, /\/var\/lib\/one\/stage has 0\.0 % free/],
  },
  'onedatastore-chatty.blocked': {
    fault: alone('onedatastore', 'prints a word after the pool'),
    also: withoutDatastores,
    reasons: { 107: notThePool },
  },
  // The list of hosts can be read, that of datastores cannot: where system datastores lie is not known.
  'onedatastore-fails.blocked': {
    fault: command('onedatastore on frontend01 fails', 'onedatastore', {
      script: 'echo "execution expired" >&2; exit 255',
      looks: /execution expired/,
    }),
    also: withoutDatastores,
    reasons: { 107: [/onedatastore list -x/, /execution expired/] },
  },
  'onedatastore-halved.blocked': {
    fault: alone('onedatastore', 'prints half of what it should'),
    also: withoutDatastores,
    reasons: { 107: notThePool },
  },
  'onedatastore-hangs.blocked': {
    fault: alone('onedatastore', 'does not answer'),
    site: { deadlines: { connect: 2, command: 3 } },
    also: { ...blocked('304'), ...withoutDatastores },
    reasons: { 107: [/onedatastore list -x/, /in time/] },
  },
  'onedatastore-missing.blocked': {
    fault: noCommand('onedatastore'),
    also: withoutDatastores,
    reasons: { 107: /onedatastore list -x.*: command not found/ },
  },
  'onedatastore-not-allowed.blocked': {
    fault: command('oneadmin may not list datastores', 'onedatastore', {
      script: 'echo "[one.datastorepool.info] User [2] : Not authorized to perform INFO DATASTORE" >&2; exit 255',
      looks: /Not authorized/,
    }),
    also: withoutDatastores,
    reasons: { 107: [/Not authorized/, /grant/] },
  },
  'onedatastore-nothing.blocked': {
    fault: alone('onedatastore', 'prints nothing'),
    also: withoutDatastores,
    reasons: { 107: [/onedatastore list -x/, /found nothing/] },
  },
  'onedatastore-other-pool.blocked': {
    fault: alone('onedatastore', 'prints another pool'),
    also: withoutDatastores,
    reasons: { 107: [/onedatastore list -x/, /<VNET_POOL>/] },
  },
  'second-system-datastore-full.not-met': {
    fault: together('there are two system datastores, and the second is full on kvm02', [
      smallVolume('datastore 105 on kvm02 is full', 'kvm02', { at: '$storage/105', fresh: true }),
      secondSystemDatastore(),
    ]),
    only: 'kvm02',
    reasons: [/kvm02/, /datastores\/105 has 0\.0 % free/],
  },
  'staging-below-threshold.not-met': {
    fault: halfFull('half of the system datastore of kvm01 is in use', 'kvm01', '$storage/0'),
    site: { free_percent: { staging: 51 } },
    only: 'kvm01',
    reasons: [/kvm01/, /has 50\.0 % free, expected at least 51 %/],
  },
  'staging-full-everywhere.not-met': {
    fault: smallVolume('the system datastore of both hypervisor hosts is full', ['kvm01', 'kvm02'], { at: '$storage/0' }),
    only: ['kvm01', 'kvm02'],
    reasons: [/kvm01.*kvm02/s, /0\.0 % free/],
  },
  'staging-full.not-met': {
    fault: 'staging-full-on-host',
    only: 'kvm01',
    reasons: [/kvm01/, /datastores\/0 has 0\.0 % free, expected at least 10 %/],
  },
  'staging-hangs.undetermined': {
    fault: instead('stat', 'kvm01', fileSystemHangs),
    site: { deadlines: { command: 3 } },
    only: 'kvm01',
    reasons: [/kvm01/, /none within 3 s/],
  },
  'staging-io-error.undetermined': {
    fault: instead('stat', 'kvm01', fileSystemUnreadable),
    only: 'kvm01',
    reasons: [/kvm01/, /Input\/output error/],
  },
  'staging-just-below-threshold.not-met': {
    fault: smallVolume('kvm01 stages on a volume two thirds of which are in use', 'kvm01', { at: '$storage/0', size: '6m', used: '4M' }),
    site: { free_percent: { staging: 33.4 } },
    only: 'kvm01',
    reasons: [/kvm01/, /has 33\.3 % free, expected at least 33\.4 %/],
  },
  'stat-missing-on-host.undetermined': {
    fault: missing('stat', 'kvm01'),
    only: 'kvm01',
    reasons: [/kvm01/, /stat: command not found|'stat'/],
  },
} satisfies Table;
