import { intercepted } from '../../lab/faults/calls.ts';
import { type Fault, prints, sh, together } from '../../lab/faults/fault.ts';
import { filesGone, image, imageFailed, images, production } from '../../lab/faults/protection.ts';
import { files } from '../../lab/faults/ssh.ts';
import { scripts } from '../../lab/faults/storage.ts';
import { trees } from '../../lab/opennebula/tree.ts';
import { notMet, onlyKvm01, type Row, type Table } from './world.ts';

/** In scripts on backup01: a folder with a backup, the file of its disk, and where things are put meanwhile. */
const FIRST = 'file=$(ls -d $own/*/*/disk.0.0 | head -n 1); folder=$' + '{file%/*}; put=/var/tmp/put; ';

/** Something is done to a backup's folder, which is there again afterwards. */
const spoilt = (what: string, make: string, looks: string): Fault =>
  scripts(what, 'backup01', {
    make: `${FIRST}mkdir $put; echo "$folder" > $put/where; cp -a "$folder" $put/was; ${make}`,
    undo: 'folder=$(cat /var/tmp/put/where); chmod -R u+rwX "$folder"; rm -rf "$folder"; mv /var/tmp/put/was "$folder"; rm -r /var/tmp/put',
    looks: `folder=$(cat /var/tmp/put/where); file=$folder/disk.0.0; ${looks}`,
  });

const of = (fault: Row['fault'], reasons: NonNullable<Row['reasons']>): Row => ({ fault, production: true, reasons });

/** find on backup01 is another where it lists the backups. */
const find = (what: string, act: string, looks: RegExp, depth = '*') =>
  intercepted(what, 'backup01', {
    ...{ of: 'find', when: `*'-ignore_readdir_race -mindepth 1 -maxdepth '${depth}`, act, looks },
    tried: `timeout 1 find -L /var/lib/one/datastores/100/ -ignore_readdir_race -mindepth 1 -maxdepth 3 -name '*.0'`,
  });

/** `oneimage list -x` prints what it printed before the fault. */
const listedBefore = (what: string, ...faults: Fault[]): Fault => {
  const save: Fault = {
    what: '',
    break: (lab) => sh(lab, 'frontend01', 'oneimage list -x > /var/tmp/list-before'),
    repair: (lab) => sh(lab, 'frontend01', 'rm /var/tmp/list-before'),
    isBroken: prints('frontend01', 'ls /var/tmp/list-before', /exit 0/),
  };
  const old = intercepted('', 'frontend01', {
    ...{ of: 'oneimage', when: "'list -x'", tried: 'oneimage list -x' },
    ...{ act: 'cat /var/tmp/list-before; exit 0', looks: /<IMAGE_POOL>/ },
  });
  return together(what, [save, ...faults, { ...old, isBroken: () => Promise.resolve(true) }], save.isBroken);
};

export default {
  'backup-files-gone.not-met': of('backup-files-gone', [
    /found that \d+\/\w{6} is missing or empty/,
    /onevm backup -d 100 \d/,
    /^(?!.*--reset)/s,
  ]),
  'host-sends-elsewhere.not-met': {
    fault: together('kvm01 takes kvm02 for backup01, where the files of a backup are not', [
      files('', 'kvm01', {
        files: ['/etc/hosts', '/var/lib/one/.ssh'],
        script: "sed -i '/backup01/d; s/^198.19.0.2 /&backup01.example.net /' /etc/hosts; sed -i /backup01/d ~/.ssh/known_hosts",
        looks: prints('kvm01', 'getent hosts backup01.example.net', /^198\.19\.0\.2/),
      }),
      filesGone('web01'),
    ]),
    production: true,
    also: notMet('105'),
    machines: onlyKvm01('105'),
    reasons: { 707: [/is missing or empty/, /BDS-105 comes first\. The backups of kvm01\S* may go to another server/], 105: /kvm01/ },
  },
  'disk-emptied.not-met': of(spoilt('the disk of a backup is empty', 'truncate -s 0 "$file"', 'test ! -s "$file"'), /disk\.0\.0 is empty/),
  'disk-tiny.not-met': of(
    spoilt('the disk of a backup is shorter than an empty one', 'truncate -s 4096 "$file"', 'test "$(stat -c %s "$file")" = 4096'),
    /disk\.0\.0 has 4096 bytes, fewer than the 196608 of an empty disk/,
  ),
  'disk-gone.not-met': of(filesGone('db01', 2, 'disk.*'), /disk\.0\.0 is not there/),
  'disk-is-folder.not-met': of(
    spoilt('in place of the disk of a backup there is a folder', 'rm "$file"; mkdir "$file"', 'test -d "$file"'),
    /disk\.0\.0 is no file/,
  ),
  'disk-link-to-nothing.not-met': of(
    spoilt('in place of the disk of a backup there is a link to nothing', 'rm "$file"; ln -s /nowhere "$file"', 'test -L "$file"'),
    /disk\.0\.0 is no file/,
  ),
  'disk-is-hole.not-met': of(
    spoilt(
      'the disk of a backup has lost all that was in it, and kept its length',
      'truncate -s 0 "$file"; truncate -s 393216 "$file"',
      'test "$(stat -c %b "$file")" = 0',
    ),
    /disk\.0\.0 takes no block on the disk: all its 393216 bytes are a hole, its header included/,
  ),
  'disk-unreadable.not-met': of(
    spoilt('the disk of a backup cannot be read', 'chmod 000 "$file"', 'test ! -r "$file"'),
    /RSYNC_USER may not read \d+\/\w{6}\/disk\.0\.0\. As root on backup01\S* chown -R oneadmin \S+\/100\/\d+\/ && chmod/,
  ),
  'description-unreadable.not-met': of(
    spoilt('the description beside a backup cannot be read', 'chmod 000 "$folder/vm.xml"', 'test ! -r "$folder/vm.xml"'),
    /RSYNC_USER may not read \d+\/\w{6}\/vm\.xml/,
  ),
  'increment-read-only.not-met': of(
    scripts('increments can be read, and not written', 'backup01', {
      ...{ make: 'chmod a-w $own/*/*/disk.*.1', undo: 'chmod u+w $own/*/*/disk.*.1' },
      looks: 'file=$(ls -d $own/*/*/disk.*.1 | head -n 1); test -r "$file" -a ! -w "$file"',
    }),
    /RSYNC_USER may not write to \d+\/\w{6}\/disk\.0\.1, which a restore rebases/,
  ),
  'full-backups-read-only.met': {
    fault: scripts('full backups can be read, and not written', 'backup01', {
      ...{ make: 'chmod a-w $own/*/*/disk.*.0', undo: 'chmod u+w $own/*/*/disk.*.0' },
      looks: 'file=$(ls -d $own/*/*/disk.*.0 | head -n 1); test -r "$file" -a ! -w "$file"',
    }),
    production: true,
  },
  'disk-is-link.not-met': of(
    spoilt(
      'in place of the disk of a backup there is a link to that of another VM',
      'other=$(ls -d $own/*/*/disk.0.0 | tail -n 1); rm "$file"; ln -s "$other" "$file"',
      'test -L "$file" -a -f "$file"',
    ),
    /disk\.0\.0 is no file but a link, which OpenNebula does not restore/,
  ),
  'disk-cut-short.not-met': of(
    production(
      'of a backup less than half is there of what OpenNebula counts',
      prints('frontend01', 'oneimage list -x', /<SIZE>640</),
      image('db01', (found) => Object.assign(found, { SIZE: '640' }), 3),
    ),
    /holds \d+ MiB of the 640 MiB that OpenNebula counts/,
  ),
  'increment-gone.not-met': of(filesGone('web02', 3), [/is missing or empty/, /onevm backup -d 100 --reset \d/]),
  'vm-description-cut.not-met': of(
    spoilt('the description beside a backup is two bytes long', 'echo x > "$folder/vm.xml"', 'test "$(stat -c %s "$folder/vm.xml")" = 2'),
    /vm\.xml has 2 bytes, fewer than the 100 of a description/,
  ),
  'vm-description-gone.not-met': of(filesGone('mail01', 0, 'vm.xml'), /vm\.xml is not there/),
  'machine-of-many-gone.not-met': of(
    scripts('the folders of two VMs with 34 backups are gone', 'backup01', {
      make: 'mkdir /var/tmp/gone; mv $(du -a $own | grep -c "" > /dev/null; ls -d $own/* | while read -r each; do [ "$(ls "$each" | wc -l)" = 17 ] && [ "$(ls "$each"/*/disk.0.0 | wc -l)" = 17 ] && echo "$each"; done) /var/tmp/gone',
      undo: 'mv /var/tmp/gone/* $own; rmdir /var/tmp/gone',
      looks: 'test "$(ls /var/tmp/gone | wc -l)" = 2',
    }),
    [/is missing or empty\. Bring the files back/, /no more than 30 images are checked twice/],
  ),
  'find-garbled.undetermined': of(
    find('find on backup01 prints something else', 'echo found; exit 0', /^found/),
    /no list of files \(exit 0: garbled\)/,
  ),
  'find-fails.undetermined': of(
    find(
      'find on backup01 cannot read the directory',
      'echo "find: \'/var/lib/one/datastores/100/\': Input/output error" >&2; exit 1',
      /Input\/output error/,
    ),
    /Input\/output error/,
  ),
  'find-late.undetermined': {
    ...of(find('find on backup01 takes minutes', 'exec sleep 60', /exit 124$/), /the files were not listed within 1\d s/),
    site: { deadlines: { run: 24 } },
  },
  'folder-unreadable.undetermined': of(
    spoilt('the folder of a backup cannot be read', 'chmod 000 "$folder"', 'test ! -r "$folder"'),
    /it cannot be told what \d+\/\w{6} is \(Permission denied\)/,
  ),
  'backup-added-meanwhile.met': {
    fault: find('while the files are listed, others are made', '"$real" "$@" | grep -v "/100/2/"; exit 0', /^(?!.*\/100\/2\/)/s, '3*'),
    production: true,
  },
  'backup-deleted-meanwhile.met': {
    fault: listedBefore(
      'the oldest backup of db01 is deleted right after the images were listed',
      production('', () => Promise.resolve(true), images('db01', 16)),
    ),
    production: true,
  },
  'chain-flattened-meanwhile.met': {
    fault: listedBefore(
      'a chain is flattened right after the images were listed',
      production(
        '',
        () => Promise.resolve(true),
        image('web02', (found) => {
          const [, next, ...rest] = trees(found, 'BACKUP_INCREMENTS/INCREMENT');
          found.BACKUP_INCREMENTS = { INCREMENT: [{ ...next, PARENT_ID: '-1', TYPE: 'FULL' }, ...rest] };
        }),
      ),
    ),
    production: true,
  },
  'image-locked-without-files.met': {
    fault: together('a backup image is LOCKED, and its files are gone', [
      production('', prints('frontend01', 'oneimage list -x', /<STATE>4</), imageFailed('db01', '', 5, '4')),
      filesGone('db01', 5),
    ]),
    production: true,
    notes: { 706: /is LOCKED/ },
  },
  'files-of-others.met': {
    fault: scripts('below the datastore there are files of others, with all kinds of names and links', 'backup01', {
      make: `${FIRST}mkdir -p $own/others/deep/er/still; cd $own/others
        printf x > $'a\\nb'; printf x > $'f\\t9\\t9\\tx'; printf x > $'\\377\\303'; printf x > $'\\e[31mred'; ln -s .. up; ln -s /nowhere none
        truncate -s 3G sparse; ln "$file" hard; mkdir $'o\\ndd'; printf x > $'o\\ndd/in'; mkfifo pipe`,
      undo: 'rm -rf $own/others',
      looks: 'test -d $own/others',
    }),
    production: true,
    notes: {
      707: /\d+ files of no backup that OpenNebula knows .*: \d{4} MiB, the oldest of 20.*Could not be checked: others\/up \(it leads back.*5 names of other than printable/,
    },
  },
  'machine-on-other-volume.met': {
    fault: scripts('the folder of a VM is a link to one on another volume', 'backup01', {
      make: `${FIRST}mv \${folder%/*} /var/tmp/moved; ln -s /var/tmp/moved \${folder%/*}`,
      undo: 'for each in $own/*; do if [ -L "$each" ]; then rm "$each"; mv /var/tmp/moved "$each"; fi; done',
      looks: 'test -d /var/tmp/moved',
    }),
    production: true,
  },
} satisfies Table;
