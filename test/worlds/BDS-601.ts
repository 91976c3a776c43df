import { cutAt, failing, intercepted, onedDiesAt, slow } from '../../lab/faults/calls.ts';
import { andThen, prints, sh } from '../../lab/faults/fault.ts';
import { known, set } from '../../lab/faults/opennebula.ts';
import { mounts, scripts } from '../../lab/faults/storage.ts';
import { every, gate, onBoth, quick, quicker, undetermined } from './world.ts';

export default every(gate, {
  'compare-breaks.undetermined': {
    fault: failing('qemu-img on the front-end compares nothing', 'frontend01', {
      of: 'qemu-img',
      when: 'compare*',
      tried: 'qemu-img compare --help',
      says: 'qemu-img: Could not open image: Too many open files',
      exit: 2,
    }),
    reasons: /not compared: qemu-img compare .* ended with exit 2: .*Too many open files/,
  },
  'compare-does-not-say.undetermined': {
    fault: failing('qemu-img on the front-end ends well, and does not say that the disks are the same', 'frontend01', {
      of: 'qemu-img',
      when: 'compare*',
      tried: 'qemu-img compare --help',
      says: 'qemu-img: compare is not built in',
      exit: 0,
    }),
    reasons: /not compared: qemu-img compare .* ended with exit 0: .*compare is not built in/,
  },
  'connection-cut-at-compare.undetermined': {
    fault: cutAt('backup01 drops its connections when a disk is fetched', { of: 'cat', when: '--*disk.0.*', tried: 'cat -- /disk.0.0' }),
    reasons: /could not be fetched from backup01\.example\.net: Connection to backup01\.example\.net closed/,
  },
  'disk-not-fetched.undetermined': {
    fault: failing('backup01 hands no disk out to who compares', 'backup01', {
      of: 'cat',
      when: '--*disk.0.*',
      tried: 'cat -- /disk.0.0',
      says: 'cat: disk.0.0: Input/output error',
    }),
    reasons: /not compared: .*disk\.0\.0 could not be fetched from backup01\.example\.net: .*Input\/output error/,
  },
  'disk-unreadable-at-restore.not-met': {
    fault: andThen(
      failing('backup01 does not hand disks out', 'backup01', {
        of: 'cat',
        when: '/*disk.0.*',
        tried: 'cat /disk.0.0',
        says: 'cat: disk.0.0: Input/output error',
      }),
      // OpenNebula forgets the file of a download that failed.
      (lab) => sh(lab, 'frontend01', 'find ~/datastores/1 -type f -empty -delete'),
    ),
    reasons: /image \d+ in state ERROR: .*Error copying/,
  },
  'no-room-to-compare.undetermined': {
    fault: mounts('the directory to compare in has room for 8 MiB', 'frontend01', {
      make: 'mkdir /run/small; mount -n -t tmpfs -o size=8m,mode=1777 small /run/small',
      undo: 'umount -n /run/small; rmdir /run/small',
      looks: 'mountpoint --quiet /run/small',
    }),
    site: { ...quick, restore: { tmp_dir: '/run/small' } },
    reasons: [/\/run\/small on frontend01\.example\.net has \d+ MiB free, and 4\d MiB are needed/, /restore\.tmp_dir/],
  },
  'nowhere-to-compare.undetermined': {
    fault: scripts('the directory to compare in is read-only', 'frontend01', {
      make: 'mkdir -m 555 /var/tmp/closed',
      undo: 'rmdir /var/tmp/closed',
      looks: 'test -d /var/tmp/closed -a ! -w /var/tmp/closed',
    }),
    site: { ...quick, restore: { tmp_dir: '/var/tmp/closed' } },
    reasons: /\/var\/tmp\/closed\/backup-compliance-.* could not be made: .*Permission denied/,
  },
  'oned-dies-at-restore.undetermined': {
    fault: onedDiesAt('OpenNebula stops when a backup is restored', {
      of: 'oneimage',
      when: 'restore*',
      tried: 'oneimage restore 0 -d default',
    }),
    also: undetermined('602'),
    reasons: { 601: /Failed to open TCP connection|Connection refused/, 602: /could not look/ },
  },
  'restore-says-nothing.not-met': {
    fault: intercepted('OpenNebula says nothing to who restores, as for an image that is not there', 'frontend01', {
      of: 'oneimage',
      when: 'restore*',
      act: 'exit 0',
      tried: 'oneimage restore 0 -d default',
      looks: /^exit 0/,
    }),
    reasons: /found “no word”/,
  },
  'restore-too-slow.not-met': {
    fault: slow('backup01 hands disks out more slowly than the deadline', 'backup01', {
      of: 'cat',
      when: '/*disk.0.*',
      tried: 'cat /disk.0.0',
      seconds: 6,
    }),
    site: quicker({ restore: 5 }),
    reasons: /found “after 5 s: image \d+ locked”/,
  },
  'restore-unanswered.undetermined': {
    fault: slow('OpenNebula does not answer who restores', 'frontend01', { of: 'oneimage', when: 'restore*', tried: 'oneimage restore 0' }),
    site: quicker({ restore: 4 }),
    reasons: /oneimage restore .*no answer within 4 s/,
  },
  'restored-disk-differs.not-met': {
    fault: intercepted('backup01 hands disks out with other data in them', 'backup01', {
      of: 'cat',
      when: '/*disk.0.*',
      act: '{ head -c 2097152; tr Z z; } < "$1"; exit',
      tried: 'head -c 3M /dev/zero | tr "\\0" Z > /tmp/disk.0.0; cat /tmp/disk.0.0 | cmp - /tmp/disk.0.0; rm /tmp/disk.0.0',
      looks: /differ/,
    }),
    reasons: [/disk 0 differs: Content mismatch at offset \d+/, /Do not rely on the backups of this datastore/],
  },
  // What it shows is what can no more be read.
  'restored-image-unreadable.undetermined': {
    fault: intercepted('restored images cannot be read on the front-end', 'frontend01', {
      of: 'curl',
      when: "'-q --fail-early -K -'",
      act: `answer=$($real "$@") || exit; printf '%s' "$answer"
      for each in $(printf '%s' "$answer" | grep -o '/var/lib/one//datastores/1/[0-9a-f]\\{32\\}'); do
        [ "$each" -nt "$0" ] && chmod 0 "$each"; done; exit 0`,
      tried: 'grep -c "chmod 0" /usr/local/bin/curl',
      looks: /^1/,
    }),
    reasons: /was restored, but not compared: the restored image \d+ lies at \/var\/lib\/one.*, which cannot be read on frontend01/,
  },
  ...onBoth({
    'no-room-in-image-datastore.not-met': {
      fault: known(
        'OpenNebula believes that the image datastore is full',
        set('datastores', 1, { FREE_MB: '10' }),
        prints('frontend01', 'onedatastore show -x 1', /<FREE_MB>10</),
        'scheduler',
      ),
      reasons: /into the datastore “default”, equal to its files, found “.*Not enough space in datastore/,
    },
  }),
});
