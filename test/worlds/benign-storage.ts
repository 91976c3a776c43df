import { prints, together } from '../../lab/faults/fault.ts';
import { faultNamed } from '../../lab/faults/index.ts';
import { known } from '../../lab/faults/opennebula.ts';
import { instead } from '../../lab/faults/programs.ts';
import { asBefore, aside, halfFull, mode, mounts, scripts, smallVolume } from '../../lab/faults/storage.ts';
import { dfSays, noIncrements, secondSystemDatastore, stagedAt, tmpDirectory, zfs } from './faults.ts';
import type { Table } from './world.ts';

const other = '/var/lib/one/srv-one/datastores';

export default {
  'btrfs-like.met': {
    fault: instead('stat', 'backup01', {
      what: 'tells of a file system without a fixed number of inodes, such as btrfs',
      script:
        'case "$*" in -f*) $real "$@" | sed -E "s/^([0-9]+ [0-9]+ [0-9]+ [0-9]+) [0-9]+ [0-9]+/\\\\1 0 0/";; *) exec $real "$@";; esac',
      asked: 'stat -f -c "%S %b %f %a %c %d %n" /var/tmp',
      looks: /^exit 0 \d+ \d+ \d+ \d+ 0 0 \/var\/tmp/,
    }),
  },
  'btrfs-of-its-own.met': {
    fault: instead('df', 'backup01', {
      what: 'tells that the root file system is btrfs, and storage another one',
      script:
        '[ "$1" = --output=target,source,fstype ] || exec $real "$@"\nprintf "Mounted on Filesystem Type\\n/ /dev/vda2 btrfs\\n/var/lib/one/datastores /dev/vdb btrfs\\n"',
      asked: 'df --output=target,source,fstype /',
      looks: /\/dev\/vdb btrfs/,
    }),
  },
  'datastore-location-elsewhere.met': {
    fault: together('DATASTORE_LOCATION is another than the stock one, on all machines', [
      mounts('', 'backup01', {
        make: `mkdir -p ${other}; mount -n --move $storage ${other}; rmdir $storage`,
        // OpenNebula has made its directory there by then.
        undo: `rm -rf $own; mkdir -p $storage; chmod 775 $storage; mount -n --move ${other} $storage; rm -r /var/lib/one/srv-one`,
        looks: `mountpoint --quiet ${other}; ! test -e $storage`,
      }),
      scripts('', ['kvm01', 'kvm02'], {
        make: `mkdir -p ${other}; mv $storage/* ${other}; rmdir $storage`,
        undo: `mkdir -m 775 $storage; mv ${other}/* $storage; rm -r /var/lib/one/srv-one`,
        looks: `test -d ${other}/0`,
      }),
      known(
        '',
        ({ datastores }) => {
          for (const datastore of datastores) datastore.BASE_PATH = `${other}/${datastore.ID as string}`;
        },
        prints('frontend01', 'onedatastore list -x', /srv-one\/datastores\/100/),
        'all',
      ),
    ]),
    site: { datastore: { path: other } },
  },
  'files-beside.met': {
    fault: scripts('files and the directories of other datastores lie beside the datastore’s own', 'backup01', {
      make: 'mkdir -m 777 $storage/101 $storage/102; touch $storage/README $own/.note; mkdir -m 700 $own/.snapshot $own/@eaDir',
      undo: 'rm -r $storage/101 $storage/102 $storage/README $own/.note $own/.snapshot $own/@eaDir',
      looks: 'test -e $storage/README',
    }),
  },
  'inodes-above-threshold.met': {
    fault: scripts('500 of the 4096 inodes of the backup volume are in use, which the site file allows', 'backup01', {
      make: 'mkdir $storage/filler; cd $storage/filler; seq 500 | xargs touch',
      undo: 'rm -r $storage/filler',
      looks: 'test -e $storage/filler/500',
    }),
    site: { free_percent: { storage_inodes: 87 } },
  },
  'lost-and-found.met': {
    fault: mounts('storage and the datastore’s own directory have a lost+found that belongs to root', 'backup01', {
      make: 'for at in $storage $own; do mkdir $at/lost+found; mount -n --bind /srv $at/lost+found; done',
      undo: 'for at in $storage $own; do umount -n $at/lost+found; rmdir $at/lost+found; done',
      looks: 'test "$(stat -c %U $own/lost+found)" = root',
    }),
  },
  'many-backups.met': {
    fault: scripts('a hundred VMs have backups', 'backup01', {
      make: 'mkdir -p $own/{1..100}/{1a2b3c,4d5e6f}; touch $own/{1..100}/1a2b3c/{disk.0.0,vm.xml}',
      undo: 'rm -r $own/{1..100}',
      looks: 'test -e $own/100/1a2b3c/vm.xml',
    }),
  },
  'nfs-like.met': { fault: dfSays('tells of a network file system', 'nas.example.net:/export/one nfs4', '/var/lib/one/datastores') },
  'only-own-directory-mounted.met': {
    fault: mounts('only the datastore’s own directory is a mount, not what is above it', 'backup01', {
      make: `${aside}mkdir $own; mount -n --bind /mnt $own`,
      undo: `umount -n $own; rmdir $own${asBefore}`,
      looks: 'mountpoint --quiet $own; ! mountpoint --quiet $storage',
    }),
  },
  'own-directory-is-link.met': {
    fault: scripts('the datastore’s own directory is a symbolic link to one on the backup volume', 'backup01', {
      make: 'mv $own $storage/vault; ln -s vault $own',
      undo: 'rm $own; mv $storage/vault $own',
      looks: 'test -L $own; test -d $own/',
    }),
    notes: { 201: /symbolic link.*100 -> vault/ },
  },
  'own-directory-not-made-yet.met': {
    fault: scripts('OpenNebula has not made the datastore’s own directory yet', 'backup01', {
      make: 'rmdir $own',
      undo: 'mkdir -m 755 $own',
      looks: '! test -e $own',
    }),
  },
  'path-with-slashes.met': {
    fault: mode('the site file writes the storage directory with a slash at its end, and one too many', {
      of: '$storage',
      is: '755',
      was: '775',
    }),
    site: { datastore: { path: '/var/lib//one/datastores/' } },
    notes: { 201: /^$/ },
  },
  'reserved-blocks.met': {
    fault: instead('stat', 'backup01', {
      what: 'tells of a file system a quarter of which is kept for root',
      script: 'case "$*" in -f*) for at in "${@:5}"; do echo "4096 196608 196608 147456 4096 4090 $at"; done;; *) exec $real "$@";; esac',
      asked: 'stat -f -c "%S %b %f %a %c %d %n" -- /var/tmp',
      looks: /^exit 0 4096 196608 196608 147456/,
    }),
  },
  'second-system-datastore.met': { fault: secondSystemDatastore() },
  'staging-at-threshold.met': {
    fault: halfFull('half of the system datastore of kvm01 is in use, which the site file allows', 'kvm01', '$storage/0'),
    site: { free_percent: { staging: 50 } },
  },
  'storage-at-threshold.met': {
    fault: scripts('as much of the backup volume is free as must be', 'backup01', {
      make: 'head -c 192M /dev/zero > $storage/filler',
      undo: 'rm $storage/filler',
      looks: 'test -s $storage/filler',
    }),
    site: { free_percent: { storage: 75 } },
  },
  'storage-bind-mounted.met': {
    fault: mounts('storage is a directory of another volume, bound to its place', 'backup01', {
      make: `${aside}mount -n --bind /mnt $storage`,
      undo: `umount -n $storage${asBefore}`,
      looks: 'mountpoint --quiet /mnt; mountpoint --quiet $storage',
    }),
  },
  'storage-is-link.met': {
    fault: mounts('the storage directory is a symbolic link to one on the backup volume', 'backup01', {
      make: `${aside}rmdir $storage; ln -s /mnt $storage`,
      undo: `rm $storage${asBefore}`,
      looks: 'test -L $storage; test -d $storage/',
    }),
    notes: { 201: /symbolic link.*\/mnt/ },
  },
  'storage-mode-1755.met': { fault: mode('the storage directory has mode 1755', { of: '$storage', is: '1755', was: '775' }) },
  'storage-mode-2775.met': { fault: mode('the storage directory has mode 2775', { of: '$storage', is: '2775', was: '775' }) },
  'storage-mode-700.met': { fault: mode('the storage directory has mode 700', { of: '$storage', is: '700', was: '775' }) },
  'storage-mode-755.met': { fault: mode('the storage directory has mode 755', { of: '$storage', is: '755', was: '775' }) },
  'storage-mode-770.met': { fault: mode('the storage directory has mode 770', { of: '$storage', is: '770', was: '775' }) },
  'storage-mode-as-declared.met': {
    fault: mode('the storage directory has the mode 0750, which is declared', { of: '$storage', is: '750', was: '775' }),
    site: { datastore: { mode: '0750' } },
  },
  'storage-with-acl.met': {
    fault: scripts('the storage directory has an access control list, which ls shows as a plus', 'backup01', {
      make: 'setfacl -m u:oneadmin:rwx -m d:u:oneadmin:rwx $storage $own',
      undo: 'setfacl -b $storage $own; chmod 775 $storage; chmod 755 $own',
      looks: 'ls -ld $storage | grep -q "^d[rwx-]*+ "',
    }),
  },
  'system-datastore-of-another-cluster-full.met': {
    fault: together('kvm02 has a full directory of a system datastore that serves another cluster', [
      smallVolume('', 'kvm02', { at: '$storage/105', fresh: true }),
      secondSystemDatastore('', { NAME: 'edge', CLUSTERS: { ID: ['100'] } }),
    ]),
  },
  'staging-elsewhere.met': {
    fault: together('hosts stage backups elsewhere, and the system datastore of kvm01 is full', [
      stagedAt('/var/lib/one/stage'),
      smallVolume('', 'kvm01', { at: '$storage/0' }),
    ]),
  },
  'tmp-at-threshold.met': {
    fault: halfFull('half of /var/tmp on backup01 is in use, which the site file allows', 'backup01', '/var/tmp'),
    site: { free_percent: { rsync_tmp_dir: 50 } },
  },
  'tmp-is-link.met': {
    fault: together('RSYNC_TMP_DIR is a symbolic link to a directory on the backup volume', [
      tmpDirectory('/var/lib/one/increments'),
      scripts('', 'backup01', {
        make: 'mkdir $storage/tmp; ln -s $storage/tmp ~/increments',
        undo: 'rm -r ~/increments $storage/tmp',
        looks: 'test -L ~/increments',
      }),
    ]),
    site: { datastore: { template: { RSYNC_TMP_DIR: '/var/lib/one/increments' } } },
  },
  'tmp-not-there-yet.met': {
    fault: tmpDirectory('/var/tmp/increments/ours'),
    site: { datastore: { template: { RSYNC_TMP_DIR: '/var/tmp/increments/ours' } } },
    notes: { 206: /\/var\/tmp\/increments\/ours is not there yet; the driver makes it/ },
  },
  'tmp-with-noexec.met': {
    fault: mounts('no program may be run in /var/tmp on backup01', 'backup01', {
      make: 'mount -n -i -o remount,noexec,bind /var/tmp',
      undo: 'mount -n -i -o remount,exec,bind /var/tmp',
      looks: 'findmnt -n -o OPTIONS /var/tmp | grep -q noexec',
    }),
  },
  'tmpdir-not-writable-no-increments.met': {
    fault: together('no VM keeps increments, and oneadmin may not write to /var/tmp on backup01', [
      noIncrements,
      faultNamed('tmpdir-not-writable-on-backup'),
    ]),
    notes: { 206: /increments could not be restored .*\/var\/tmp.*none are kept/ },
  },
  'zfs-of-its-own.met': { fault: zfs('one of another pool', 'tank/backups') },
  'vm-directory-is-link.met': {
    fault: scripts('the directory of a VM is a symbolic link to one on the backup volume', 'backup01', {
      make: 'mkdir $storage/large; ln -s ../large $own/0',
      undo: 'rm $own/0; rmdir $storage/large',
      looks: 'test -L $own/0',
    }),
  },
} satisfies Table;
