import { type Fault, together } from '../../lab/faults/fault.ts';
import { instead } from '../../lab/faults/programs.ts';
import { bashrc } from '../../lab/faults/ssh.ts';
import { asBefore, aside, mode, mounts, scripts } from '../../lab/faults/storage.ts';
import { keptBelow } from './faults.ts';
import { blocked, kvm01, notMet, server, type Table, undetermined } from './world.ts';

const storageHangs = (program: string) =>
  instead(program, 'backup01', {
    what: 'waits for storage that does not answer',
    script: 'case "$*" in */datastores*) exec sleep 60;; esac\nexec $real "$@"',
    asked: `timeout 1 ${program} /var/lib/one/datastores`,
    looks: /^exit 124/,
  });

/** The same where OpenNebula keeps the datastore below that path, as the site file says. */
const kept = (path: string, fault: Fault): Fault => together(fault.what, [keptBelow(path), fault]);

export default {
  'dir-is-file.not-met': { fault: 'dir-is-file', reasons: [server, /not a directory/] },
  // A directory that is not there lies on no device, so 203 is blocked by 201.
  'dir-missing.not-met': { fault: 'dir-missing', also: blocked('203'), reasons: [server, /found none/] },
  'dir-not-writable.not-met': { fault: 'dir-not-writable', reasons: [server, /datastores\/100/] },
  'dir-wrong-owner.not-met': { fault: 'dir-wrong-owner', reasons: [server, /belongs to/] },
  'dsparent-not-writable.not-met': { fault: 'dsparent-not-writable', reasons: [server, /\/var\/lib\/one\/datastores/] },
  'find-garbage.undetermined': {
    fault: instead('find', 'backup01', {
      what: 'is one of another kind, which knows no -printf',
      // As BusyBox says it, of --version too.
      script: 'for word; do case $word in -printf | --version) echo "find: unrecognized: $word" >&2; exit 1 ;; esac; done; exec $real "$@"',
      asked: 'find / -maxdepth 0 -printf %p',
      looks: /^exit 1 find: unrecognized/,
    }),
    reasons: [server, /unrecognized: -printf/],
  },
  'find-hangs.undetermined': { fault: storageHangs('find'), site: { deadlines: { command: 3 } }, reasons: [server, /no answer/] },
  'find-missing.undetermined': {
    fault: 'find-missing-on-backup',
    also: notMet('304'),
    machines: { 'BDS-304': { [kvm01]: 'met', 'backup01.example.net': 'not-met' } },
    reasons: { 201: [server, /find/, /No such file|not found/], 304: [/backup01.*find/, /findutils/] },
  },
  'login-file-limit.not-met': {
    fault: bashrc('files of oneadmin may not exceed 100 KiB on backup01', 'backup01', { line: 'ulimit -f 100' }),
    reasons: [server, /ulimit -f limits files to 100 KiB, and disk 0 of/, /limits\.conf/],
  },
  'login-umask.not-met': {
    fault: bashrc('files of oneadmin have no rights on backup01', 'backup01', { line: 'umask 0777' }),
    reasons: [server, /umask 0777/, /\.bashrc/],
  },
  'login-umask-execute.not-met': {
    fault: bashrc('directories of oneadmin cannot be entered on backup01', 'backup01', { line: 'umask 0117' }),
    reasons: [server, /umask 0117/],
  },
  'many-vm-directories-wrong.not-met': {
    fault: scripts('the directories of seven VMs can be written by everybody', 'backup01', {
      make: 'mkdir -m 777 $own/{1..7}',
      undo: 'rmdir $own/{1..7}',
      looks: 'test "$(stat -c %a $own/7)" = 777',
    }),
    reasons: [server, /datastores\/100\/\d has mode 0777/, /and 2 more/],
  },
  'mode-other-than-declared.not-met': {
    fault: mode('the storage directory has mode 0770', { of: '$storage', is: '770', was: '775' }),
    site: { datastore: { mode: '0750' } },
    reasons: [server, /mode 0770, not 0750/, /chmod 0750/],
  },
  'own-directory-dangling-link.not-met': {
    fault: scripts("the datastore's own directory is a symbolic link to nothing", 'backup01', {
      make: 'rmdir $own; ln -s /nowhere $own',
      undo: 'rm $own; mkdir -m 755 $own',
      looks: 'test -L $own; ! test -e $own',
    }),
    reasons: [server, /datastores\/100 is (not a directory|a symbolic link to nothing)/],
  },
  'own-directory-hangs.undetermined': {
    fault: instead('find', 'backup01', {
      what: "waits for the datastore's own directory, which does not answer",
      script: 'case "$*" in *100*maxdepth?1*) exec sleep 60;; esac\nexec $real "$@"',
      asked: 'timeout 1 find /var/lib/one/datastores/100 -maxdepth 1',
      looks: /^exit 124/,
    }),
    site: { deadlines: { command: 3 } },
    reasons: [server, /no answer/],
  },
  // What lies in it cannot be listed, and that is its mode's fault.
  'own-directory-not-readable.not-met': {
    fault: mode("the datastore's own directory cannot be read by its owner", { of: '$own', is: '355', was: '755' }),
    reasons: [server, /datastores\/100 has mode 0355, not all rights for its owner/],
  },
  'own-directory-read-only.not-met': {
    fault: mounts("the datastore's own directory is mounted read-only", 'backup01', {
      make: 'mount -n --bind $own $own; mount -n -i -o remount,ro,bind $own',
      undo: 'umount -n $own',
      looks: '[[ $(touch $own/. 2>&1) = *Read-only* ]]',
    }),
    reasons: [server, /datastores\/100 cannot be written/],
  },
  'own-directory-world-writable.not-met': {
    fault: mode("everybody may write to the datastore's own directory", { of: '$own', is: '757', was: '755' }),
    reasons: [server, /datastores\/100 has mode 0757, writable for others/],
  },
  // What cannot be reached lies on no device that could be told, so 203 is blocked by 201.
  'parent-not-enterable.not-met': {
    fault: kept(
      '/var/lib/one/datastores/vault/backups',
      scripts('a directory above the storage directory cannot be entered', 'backup01', {
        make: 'mkdir -p $storage/vault/backups; chmod 600 $storage/vault',
        undo: 'chmod 700 $storage/vault; rm -r $storage/vault',
        looks: 'test "$(stat -c %a $storage/vault)" = 600',
      }),
    ),
    site: { datastore: { path: '/var/lib/one/datastores/vault/backups' } },
    also: blocked('203'),
    reasons: [server, /Permission denied/, /enter the directories above/],
  },
  // Where backups go all is well; it is the site file that is wrong.
  'path-disagrees.not-met': {
    fault: scripts('there is a directory that the site file names, and OpenNebula keeps the datastore elsewhere', 'backup01', {
      make: 'mkdir -p $storage/old/100',
      undo: 'rm -r $storage/old',
      looks: 'test -d $storage/old/100',
    }),
    site: { datastore: { path: '/var/lib/one/datastores/old' } },
    reasons: [
      /datastore 100/,
      /\/var\/lib\/one\/datastores\/100, where backups go/,
      /site file, \/var\/lib\/one\/datastores\/old/,
      /Correct datastore\.path/,
    ],
  },
  'path-disagrees-with-base-path.not-met': {
    fault: kept(
      '/var/lib/one/datastores/new',
      scripts('OpenNebula keeps the datastore elsewhere than the site file says', 'backup01', {
        make: 'mkdir -p $storage/new/100',
        undo: 'rm -r $storage/new',
        looks: 'test -d $storage/new/100',
      }),
    ),
    reasons: [
      /\/var\/lib\/one\/datastores\/new\/100, where backups go/,
      /Correct datastore\.path in the site file: \/var\/lib\/one\/datastores\/new/,
    ],
  },
  'path-with-blank.undetermined': {
    fault: together('the storage directory lies deep, and has a blank in its name', [
      keptBelow('/var/lib/one/datastores/old vault/my backups'),
      scripts('', 'backup01', {
        make: 'mkdir -p "$storage/old vault/my backups/100"',
        undo: 'rm -r "$storage/old vault"',
        looks: 'test -d "$storage/old vault/my backups"',
      }),
    ]),
    site: { datastore: { path: '/var/lib/one/datastores/old vault/my backups' } },
    reasons: /found a blank or another character of the shell's in it/,
    notes: { 203: /mounted at \/var\/lib\/one\/datastores/ },
  },
  'setgid-not-declared.not-met': {
    fault: mode('the storage directory has mode 2775', { of: '$storage', is: '2775', was: '775' }),
    site: { datastore: { mode: '0775' } },
    reasons: [server, /mode 02775, not 0775/],
  },
  // A link to nothing lies on no device, so 203 is blocked by 201.
  'storage-dangling-link.not-met': {
    fault: mounts('the storage directory is a symbolic link to nothing', 'backup01', {
      make: `${aside}rmdir $storage; ln -s /nowhere $storage`,
      undo: `rm $storage${asBefore}`,
      looks: 'test -L $storage; ! test -e $storage',
    }),
    also: blocked('203'),
    reasons: [server, /datastores is not a directory|datastores is a symbolic link to nothing/],
  },
  // Everything that has to do with the storage waits, as on a network file system whose server is gone.
  'storage-hangs.undetermined': {
    fault: together('storage does not answer', ['find', 'stat', 'df'].map(storageHangs)),
    site: { deadlines: { command: 2 } },
    also: undetermined('203', '204', '405'),
    reasons: { 201: [server, /no answer/], 203: [server, /no answer/], 204: [server, /no answer/], 405: /no answer/ },
  },
  'storage-io-error.undetermined': {
    fault: instead('find', 'backup01', {
      what: 'gets an input/output error from storage',
      script: `[ "$*" = --version ] && exec $real --version; echo "find: '/var/lib/one/datastores': Input/output error" >&2; exit 1`,
      asked: 'find /var/lib/one/datastores',
      looks: /^exit 1 .*Input\/output error/,
    }),
    reasons: [server, /Input\/output error/],
  },
  'storage-is-file.not-met': {
    fault: kept(
      '/var/lib/one/datastores/backups',
      scripts('the storage directory that the site file names is a file on the volume', 'backup01', {
        make: 'touch $storage/backups',
        undo: 'rm $storage/backups',
        looks: 'test -f $storage/backups',
      }),
    ),
    site: { datastore: { path: '/var/lib/one/datastores/backups' } },
    reasons: [server, /datastores\/backups is not a directory/],
  },
  'storage-link-to-file.not-met': {
    fault: kept(
      '/var/lib/one/datastores/backups',
      scripts('the storage directory that the site file names is a symbolic link to a file', 'backup01', {
        make: 'touch $storage/file; ln -s file $storage/backups',
        undo: 'rm $storage/file $storage/backups',
        looks: 'test -L $storage/backups; test -f $storage/backups',
      }),
    ),
    site: { datastore: { path: '/var/lib/one/datastores/backups' } },
    reasons: [server, /datastores\/backups is not a directory/],
  },
  'storage-not-enterable.not-met': {
    fault: mode('the storage directory cannot be entered by its owner', { of: '$storage', is: '675', was: '775' }),
    reasons: [server, /mode 0675, not all rights for its owner/, /chmod u\+rwx/],
  },
  'storage-not-readable.not-met': {
    fault: mode('the storage directory cannot be read by its owner', { of: '$storage', is: '375', was: '775' }),
    reasons: [server, /mode 0375, not all rights for its owner/],
  },
  'storage-sticky.not-met': {
    fault: mode('everybody may write to the storage directory, as to /tmp', { of: '$storage', is: '1777', was: '775' }),
    reasons: [server, /mode 01777, writable for others/],
  },
  'storage-world-writable.not-met': {
    fault: mode('everybody may write to the storage directory', { of: '$storage', is: '777', was: '775' }),
    reasons: [server, /datastores has mode 0777, writable for others/, /chmod o-w/],
  },
  // A lab has one group; that the account's is another one is said by its name.
  'storage-wrong-group.not-met': {
    fault: instead('id', 'backup01', {
      what: 'says that the group of oneadmin is backup',
      script: '[ "$*" = -gn ] && { echo backup; exit; }\nexec $real "$@"',
      asked: 'id -gn',
      looks: /^exit 0 backup/,
    }),
    reasons: [server, /datastores belongs to oneadmin:oneadmin/, /chown oneadmin:backup/],
  },
  'storage-wrong-owner.not-met': {
    fault: kept(
      '/var/lib/one/datastores/vault',
      mounts('the storage directory belongs to root', 'backup01', {
        make: 'mkdir $storage/vault; mount -n --bind /srv $storage/vault',
        undo: 'umount -n $storage/vault; rmdir $storage/vault',
        looks: 'test "$(stat -c %U $storage/vault)" = root',
      }),
    ),
    site: { datastore: { path: '/var/lib/one/datastores/vault' } },
    also: notMet('405'),
    reasons: { 201: [server, /vault belongs to root:root/, /chown oneadmin:oneadmin/], 405: /TOTAL_MB/ },
  },
  'vm-directory-is-file.not-met': {
    fault: scripts('the directory of VM 0 is a file', 'backup01', {
      make: 'touch $own/0',
      undo: 'rm $own/0',
      looks: 'test -f $own/0',
    }),
    reasons: [server, /datastores\/100\/0 is not a directory/],
  },
  'vm-directory-not-writable.not-met': {
    fault: scripts('one directory of many VMs cannot be written', 'backup01', {
      make: 'mkdir $own/{1..30}; chmod 500 $own/17',
      undo: 'rmdir $own/{1..30}',
      looks: 'test "$(stat -c %a $own/17)" = 500',
    }),
    reasons: [server, /datastores\/100\/17 has mode 0500/],
  },
  'volume-read-only.not-met': { fault: 'volume-read-only', reasons: [server, /datastores cannot be written/, /findmnt/] },
} satisfies Table;
