import { together } from '../../lab/faults/fault.ts';
import { instead, missing } from '../../lab/faults/programs.ts';
import { asBefore, aside, mounts, scripts } from '../../lab/faults/storage.ts';
import { dfSays, keptBelow, zfs } from './faults.ts';
import { server, type Table, undetermined } from './world.ts';

const onRoot = [server, /root file system/];

export default {
  'bind-of-root.not-met': {
    fault: mounts('a directory of the root file system is mounted where storage should be', 'backup01', {
      make: `${aside}mkdir -p /backups/100; mount -n --bind /backups $storage`,
      undo: `umount -n $storage; rm -r /backups${asBefore}`,
      looks: 'mountpoint --quiet $storage; test "$(stat -c %d $storage)" = "$(stat -c %d /)"',
    }),
    reasons: onRoot,
  },
  'btrfs-subvolume-of-root.not-met': {
    fault: dfSays('tells that the root file system is btrfs, and storage a subvolume of it', '/dev/vda2 btrfs'),
    reasons: onRoot,
  },
  'zfs-dataset-of-root-pool.not-met': { fault: zfs('a dataset of the same pool', 'rpool/backups'), reasons: onRoot },
  'zfs-root-pool-itself.not-met': { fault: zfs('the pool itself', 'rpool'), reasons: onRoot },
  'link-to-root.not-met': {
    fault: mounts('the storage directory is a symbolic link to one on the root file system', 'backup01', {
      make: `${aside}rmdir $storage; mkdir -p /backups/100; ln -s /backups $storage`,
      undo: `rm -r $storage /backups${asBefore}`,
      looks: 'test -L $storage; test "$(stat -L -c %d $storage)" = "$(stat -c %d /)"',
    }),
    reasons: onRoot,
  },
  'need-not-be-mounted.not-applicable': { fault: 'not-mounted', site: { datastore: { mounted: false } }, reasons: /mounted: false/ },
  'not-mounted-nothing-below.not-met': {
    fault: mounts('the backup volume is not mounted, and the directory is empty', 'backup01', {
      make: aside,
      undo: `true${asBefore}`,
      looks: '! mountpoint --quiet $storage; test -z "$(ls $storage)"',
    }),
    reasons: onRoot,
  },
  'not-mounted.not-met': { fault: 'not-mounted', reasons: onRoot },
  'only-vm-mounted.not-met': {
    fault: mounts('only the directory of one VM is mounted', 'backup01', {
      make: `${aside}mkdir -p $own/0; mount -n --bind /mnt $own/0`,
      undo: `umount -n $own/0; rm -r $own${asBefore}`,
      looks: 'mountpoint --quiet $own/0; ! mountpoint --quiet $storage',
    }),
    reasons: onRoot,
  },
  'own-directory-links-to-root.not-met': {
    fault: scripts("the datastore's own directory is a symbolic link to one on the root file system", 'backup01', {
      make: 'rmdir $own; mkdir ~/backups; ln -s ~/backups $own',
      undo: 'rm $own; rmdir ~/backups; mkdir -m 755 $own',
      looks: 'test "$(stat -L -c %d $own)" = "$(stat -c %d /)"',
    }),
    reasons: [server, /root file system/, /datastores\/100/],
  },
  // The backups go to the datastore's own directory: what is mounted above it does not hold them.
  'own-directory-on-root.not-met': {
    fault: mounts("the datastore's own directory lies on the root file system, though storage is mounted", 'backup01', {
      make: 'mkdir /backups; mount -n --bind /backups $own',
      undo: 'umount -n $own; rmdir /backups',
      looks: 'test "$(stat -c %d $own)" = "$(stat -c %d /)"; mountpoint --quiet $storage',
    }),
    reasons: [server, /root file system/, /datastores\/100/],
  },
  'path-elsewhere-on-root.not-met': {
    fault: together('the storage directory that the site file names lies on the root file system', [
      keptBelow('/var/lib/one/backups'),
      scripts('', 'backup01', {
        make: 'mkdir -p ~/backups/100',
        undo: 'rm -r ~/backups',
        looks: 'test -d ~/backups/100',
      }),
    ]),
    site: { datastore: { path: '/var/lib/one/backups' } },
    reasons: [server, /root file system/, /one\/backups/],
  },
  'stat-garbage.undetermined': {
    fault: instead('stat', 'backup01', {
      what: 'is one of another kind, which knows no --printf',
      script: 'case "$*" in *--printf*) echo "stat: unrecognized option: printf" >&2; exit 1;; esac\nexec $real "$@"',
      asked: 'stat --printf %d /',
      looks: /^exit 1 stat: unrecognized/,
    }),
    reasons: [server, /unrecognized option/],
  },
  'stat-hangs.undetermined': {
    fault: instead('stat', 'backup01', {
      what: 'waits for storage that does not answer',
      script: 'case "$*" in -f*) ;; */datastores*) exec sleep 60;; esac\nexec $real "$@"',
      asked: 'timeout 1 stat /var/lib/one/datastores',
      looks: /^exit 124/,
    }),
    site: { deadlines: { command: 3 } },
    reasons: [server, /no answer/],
  },
  'stat-missing.undetermined': {
    fault: missing('stat', 'backup01'),
    also: undetermined('204', '405'),
    reasons: { 203: [server, /stat/], 204: [server, /stat/], 405: /stat/ },
  },
  'storage-io-error-for-stat.undetermined': {
    fault: instead('stat', 'backup01', {
      what: 'gets an input/output error from storage',
      script: `case "$*" in -f*) exec $real "$@";; */datastores*) $real "$1" "$2" "$3" /; echo "stat: cannot stat '/var/lib/one/datastores': Input/output error" >&2; exit 1;; esac\nexec $real "$@"`,
      asked: 'stat /var/lib/one/datastores / /',
      looks: /^exit 1 .*Input\/output error/s,
    }),
    reasons: [server, /Input\/output error/],
  },
} satisfies Table;
