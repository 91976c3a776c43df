import { failing, intercepted, onedDiesAt, slow } from '../../lab/faults/calls.ts';
import { andThen, sh, together } from '../../lab/faults/fault.ts';
import { mounts, scripts } from '../../lab/faults/storage.ts';
import type { Lab } from '../../lab/machines/lab.ts';
import { behind502, every, gate, notMet, onBoth, quicker, undetermined } from './world.ts';

// It is seen in BACKUP for the second time.
const again =
  "onevm show -x 0 < /dev/null | grep -q '<LCM_STATE>69<' && { [ -d /run/one/seen ] && rmdir /run/one/seen || ! mkdir /run/one/seen; }";

const freezes = intercepted('the SSH server of backup01 freezes when a backup begins', 'backup01', {
  of: 'mkdir',
  when: '*datastores/100/0/*',
  act: "pkill -STOP -f '^(/usr/sbin/)?[s]shd'",
  tried: "mkdir --version /var/lib/one/datastores/100/0/; ps -eo state,args | grep '^T.*[s]shd'",
  looks: /^T.*sshd/m,
});

const thaw = (lab: Lab) => lab.signal('backup01', 'sshd', 'CONT');

const quotaUsedUp = (what: string) =>
  failing(what, 'backup01', {
    of: 'mkdir',
    when: '*datastores/100/0/*',
    tried: 'mkdir --version /var/lib/one/datastores/100/0/none',
    says: 'mkdir: cannot create directory: Disk quota exceeded',
  });

const FILLER = '/var/lib/one/datastores/filler';

export default every(gate, {
  'backup-deleted-at-once.not-met': {
    fault: intercepted('somebody deletes new backups at once', 'frontend01', {
      of: 'oneimage',
      when: "'list -x'",
      act: `for id in $($real list -x | tr -d '\\n' | sed 's#<IMAGE>#\\n&#g' | sed -n 's#.*<ID>\\([0-9]*\\)</ID>.*<TYPE>6</TYPE>.*#\\1#p'); do $real delete $id; sleep 2; done`,
      tried: 'grep -c delete /usr/local/bin/oneimage',
      looks: /^1/,
    }),
    also: behind502,
    reasons: /failed: “neither an image nor an error”/,
  },
  'error-of-another-action.met': {
    fault: andThen(
      intercepted('something else that is done to the VM fails while it is backed up', 'frontend01', {
        of: 'onevm',
        when: "'show -x 0'",
        act: `vm=$($real "$@"); [[ $vm != *'<LCM_STATE>69<'* ]] || touch /run/one/seen
[ ! -e /run/one/seen ] || { perl -0777 -pe 's#<ERROR>.*?</ERROR>##s; s#<USER_TEMPLATE/>|</USER_TEMPLATE>#($& =~ m{^</} ? "" : "<USER_TEMPLATE>") . "<ERROR>Sun Nov 29 00:00:00 2026: resume: not now</ERROR></USER_TEMPLATE>"#e' <<< "$vm"; exit; }`,
        tried: 'grep -c "not now" /usr/local/bin/onevm',
        looks: /^1/,
      }),
      (lab) => sh(lab, 'frontend01', 'rm -f /run/one/seen'),
    ),
  },
  'image-in-error.not-met': {
    fault: intercepted('OpenNebula shows every new backup in state ERROR', 'frontend01', {
      of: 'oneimage',
      when: "'list -x'",
      act: `$real list -x | sed -z 's#\\(<TYPE>6</TYPE>.\\{0,300\\}<STATE>\\)1<#\\15<#g'; exit`,
      tried: 'grep -c STATE /usr/local/bin/oneimage',
      looks: /^1/,
    }),
    also: behind502,
    reasons: [/expected the image of the backup to be READY, found image \d+ in state ERROR/, /oned\.log/],
  },
  'log-unreadable.not-met': {
    fault: together("the quota on backup01 is used up, and the VM's log cannot be read", [
      quotaUsedUp(''),
      scripts('', 'frontend01', {
        make: 'touch /var/log/one/0.log; chmod 200 /var/log/one/0.log',
        undo: 'chmod 644 /var/log/one/0.log',
        looks: '! test -r /var/log/one/0.log',
      }),
    ]),
    also: behind502,
    reasons: [/failed: “.*BACKUP: .*”/, /\/var\/log\/one\/0\.log/],
  },
  'oned-dies-in-backup.undetermined': {
    fault: andThen(
      together('OpenNebula stops while a backup is under way', [
        slow('', 'kvm01', { of: 'rsync', when: '-aS*', tried: 'rsync -aS --version', seconds: 4 }),
        onedDiesAt('', {
          of: 'curl',
          when: "'-q --fail-early -K -'",
          given: `[ -e /run/one/tried ] || { ${again}; }`,
          tried: 'touch /run/one/tried; curl -q --fail-early -K - < /dev/null; rm /run/one/tried; onevm show -x 999',
        }),
      ]),
      // What is staged there stays until OpenNebula's next backup.
      (lab) => sh(lab, 'kvm01', 'while pgrep -x rsync > /dev/null; do sleep 0.1; done; cd ~/datastores/0/0; rm -rf backup tmp'),
    ),
    site: quicker({ backup: 8 }),
    also: { ...undetermined('602'), ...behind502 },
    reasons: { 502: [/Connection refused/, /Run it again/], 602: /could not look: .*Connection refused/ },
  },
  'server-freezes.not-met': {
    fault: {
      ...andThen(freezes, thaw),
      isBroken: (lab) => freezes.isBroken(lab).finally(() => thaw(lab)),
    },
    site: quicker({ backup: 4, command: 5, connect: 1 }),
    also: { ...notMet('602'), ...behind502 },
    reasons: {
      502: [/after 4 s the VM is still in BACKUP/, /Look whether backup01\.example\.net answers/],
      602: /VM 0 is still in BACKUP, since the backup server does not answer/,
    },
  },
  'transfer-too-slow.not-met': {
    fault: slow('rsync on kvm01 takes longer than the deadline', 'kvm01', {
      of: 'rsync',
      when: '-aS*',
      tried: 'rsync -aS --version',
      seconds: 9,
    }),
    site: quicker({ backup: 4 }),
    also: behind502,
    reasons: [/within 4 s, found that after 4 s the VM is still in BACKUP/, /onevm backup-cancel 0/],
  },
  // Failures read otherwise in the log of an older release.
  ...onBoth({
    'no-room-to-stage.not-met': {
      fault: mounts('kvm01 has less room than the VM takes, though it has enough in percent', 'kvm01', {
        make: `mkdir /mnt; cp -a --sparse=always $storage/0/. /mnt; mount -n -t tmpfs -o size=64m,mode=755 staging $storage/0
      cp -a --sparse=always /mnt/. $storage/0; rm -r /mnt/*`,
        undo: 'umount -n $storage/0; rmdir /mnt',
        looks: 'mountpoint --quiet $storage/0',
      }),
      also: behind502,
      reasons: [/failed: “prebackup_live: .*No space left on device/, /Make room on kvm01/, /--only BDS-205/],
    },
    'qemu-img-breaks-on-host.not-met': {
      fault: failing('qemu-img on kvm01 copies no disk', 'kvm01', {
        of: 'qemu-img',
        when: 'convert*',
        tried: 'qemu-img convert --help',
        says: 'qemu-img: error while writing: Input/output error',
      }),
      also: behind502,
      reasons: [/failed: “prebackup_live: .*qemu-img: error while writing: Input\/output error/, /Look at the disk of kvm01/],
    },
    'quota-used-up.not-met': {
      fault: quotaUsedUp('the quota of oneadmin on backup01 is used up for new directories'),
      also: behind502,
      reasons: [/cannot create directory: Disk quota exceeded/, /Raise the quota of oneadmin on backup01/],
    },
    'storage-fills-meanwhile.not-met': {
      fault: andThen(
        intercepted('the backup volume fills up when a backup is asked for', 'frontend01', {
          of: 'onevm',
          when: '*--schedule*',
          // At once, however busy the machine is: who schedules does not wait for long.
          act: `ssh backup01.example.net 'fallocate -l $(($(stat -f -c "%a * %S" /var/lib/one/datastores))) ${FILLER}'`,
          tried: `grep -c ${FILLER} /usr/local/bin/onevm`,
          looks: /^1/,
        }),
        (lab) => sh(lab, 'backup01', `rm -f ${FILLER}`),
      ),
      also: behind502,
      reasons: /write failed on ".*disk\.0\.0": No space left on device \(28\)/,
    },
    'transfer-breaks.not-met': {
      fault: failing('rsync on kvm01 breaks when it transfers', 'kvm01', {
        of: 'rsync',
        when: '-aS*',
        tried: 'rsync -aS --version',
        says: 'rsync: [sender] read error: Connection reset by peer (104)',
        exit: 12,
      }),
      also: behind502,
      reasons: [
        /failed: “backup: rsync: \[sender\] read error: Connection reset by peer \(104\)”/,
        /\/var\/log\/one\/0\.log/,
        /--only BDS-102/,
      ],
    },
  }),
});
