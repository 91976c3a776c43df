import { driverScripts } from '../../lab/faults/driver.ts';
import { prints, together } from '../../lab/faults/fault.ts';
import { faultNamed } from '../../lab/faults/index.ts';
import { instead, missing } from '../../lab/faults/programs.ts';
import { files } from '../../lab/faults/ssh.ts';
import { mounts, scripts } from '../../lab/faults/storage.ts';
import { frontendScripts, scriptsDirectory, unreadableConf } from './faults.ts';
import { kvm01, kvm02, type Table } from './world.ts';

const ONLY = { only: 'kvm01' } as const;
const sync = /onehost sync --force kvm01\.example\.net/;

/** The driver's scripts are changed on the front-end, which brings them to its hosts so. */
const everywhere = (what: string, script: string, asked: string, looks: RegExp) =>
  together(what, [
    frontendScripts('', { script, looks: prints('frontend01', `cd ~/remotes; ${asked}`, looks) }),
    ...['kvm01', 'kvm02'].map((on) => driverScripts('', on, { script, looks: prints(on, `cd /var/tmp/one; ${asked}`, looks) })),
  ]);
const ON_FRONTEND = { machines: { 'BDS-305': { 'frontend01.example.net': 'not-met', [kvm01]: 'met', [kvm02]: 'met' } } } as const;

export default {
  'scripts-of-transfer-gone-everywhere.not-met': {
    fault: everywhere(
      'the front-end and its hosts lack a script of the transfer driver',
      'rm tm/local/prebackup_live',
      'ls tm/local/prebackup_live',
      /No such file/,
    ),
    ...ON_FRONTEND,
    reasons: [/frontend01.*tm\/local\/prebackup_live cannot be read or is missing/, /Reinstall/],
  },
  'scripts-one-gone-everywhere.not-met': {
    fault: everywhere(
      'the front-end and its hosts lack one driver script',
      'rm tm/lib/backup_qcow2.rb',
      'ls tm/lib/backup_qcow2.rb',
      /No such file/,
    ),
    ...ON_FRONTEND,
    reasons: [/frontend01.*tm\/lib\/backup_qcow2\.rb cannot be read or is missing/],
  },
  'scripts-required-gone-everywhere.not-met': {
    fault: everywhere(
      'the front-end and its hosts lack what driver scripts require or source',
      'rm datastore/downloader.sh datastore/libfs.sh scripts_common.sh tm/tm_common.sh tm/lib/backup_image.rb tm/lib/backup_kvm.rb',
      'ls tm/lib/backup_image.rb',
      /No such file/,
    ),
    ...ON_FRONTEND,
    reasons: [/frontend01.*datastore\/downloader\.sh and 5 more cannot be read or are missing/, /Reinstall/],
  },
  'scripts-one-empty-everywhere.not-met': {
    fault: everywhere('a driver script is empty everywhere', ': > datastore/rsync/restore', 'wc -c datastore/rsync/restore', /^0 /m),
    ...ON_FRONTEND,
    reasons: [/frontend01.*datastore\/rsync\/restore is empty/, /Reinstall/],
  },
  'scripts-not-executable-everywhere.not-met': {
    fault: everywhere(
      'a driver script may be run nowhere',
      'chmod a-x datastore/rsync/backup',
      './datastore/rsync/backup',
      /Permission denied/,
    ),
    ...ON_FRONTEND,
    reasons: [/frontend01.*datastore\/rsync\/backup may not be run/],
  },
  'frontend-scripts-missing.undetermined': {
    fault: frontendScripts('the front-end has no driver scripts itself', {
      script: 'rm -r tm datastore vmm',
      looks: prints('frontend01', 'ls ~/remotes/tm', /No such file/),
    }),
    reasons: [/frontend01/, /No such file/],
  },
  'frontend-scripts-unreadable.undetermined': {
    fault: frontendScripts('one of the front-end’s driver scripts cannot be read', {
      script: 'chmod 000 tm/lib/backup_kvm.rb',
      looks: prints('frontend01', 'cat ~/remotes/tm/lib/backup_kvm.rb', /Permission denied/),
    }),
    reasons: [/frontend01/, /Permission denied/],
  },
  // Both hosts are left with those of before.
  'frontend-upgraded.not-met': {
    fault: frontendScripts('the front-end has newer driver scripts than the hosts', {
      script: 'for each in tm/lib/backup*.rb; do echo "# as it is now" >> $each; done',
      looks: prints('frontend01', 'tail -n 1 ~/remotes/tm/lib/backup_qcow2.rb', /as it is now/),
    }),
    reasons: [/kvm01.*kvm02/s, /tm\/lib\/backup\S* and \d more are another version/],
  },
  'scripts-elsewhere-not-there.not-met': {
    fault: scriptsDirectory('/var/tmp/elsewhere'),
    reasons: [/kvm01.*kvm02/s, /\/var\/tmp\/elsewhere is not there, or cannot be entered/],
  },
  'scripts-folder-not-enterable.not-met': {
    fault: scripts('the folder of the driver scripts on kvm01 cannot be entered', 'kvm01', {
      make: 'chmod 600 /var/tmp/one',
      undo: 'chmod 755 /var/tmp/one',
      looks: '! ls /var/tmp/one/tm',
    }),
    ...ONLY,
    reasons: [/kvm01/, /\/var\/tmp\/one is not there, or cannot be entered/],
  },
  'scripts-gone-and-place-not-told.undetermined': {
    fault: together("OpenNebula's settings cannot be read, and driver scripts are gone from kvm01", [
      unreadableConf,
      faultNamed('scripts-missing-on-host'),
    ]),
    ...ONLY,
    reasons: [/kvm01/, /\/etc\/one\/oned\.conf/],
  },
  'scripts-missing-on-host.not-met': {
    fault: 'scripts-missing-on-host',
    ...ONLY,
    reasons: [/kvm01.*in \/var\/tmp\/one as they are on frontend01/, /is not there, or cannot be entered/, sync],
  },
  'scripts-mounted-noexec.not-met': {
    fault: mounts('no program may be run where the driver scripts lie on kvm01', 'kvm01', {
      make: 'mount -n --bind /var/tmp/one /var/tmp/one; mount -n -i -o remount,noexec,bind /var/tmp/one',
      undo: 'umount -n /var/tmp/one',
      looks: prints('kvm01', '/var/tmp/one/tm/lib/backup_qcow2.rb', /Permission denied/),
    }),
    ...ONLY,
    reasons: [/kvm01/, /may not be run/, /findmnt -T \/var\/tmp\/one/],
  },
  'scripts-not-executable-on-host.not-met': {
    fault: 'scripts-not-executable-on-host',
    ...ONLY,
    reasons: [/kvm01/, /and \d+ more may not be run/, sync],
  },
  'scripts-not-told.undetermined': { fault: missing('sha256sum', 'kvm01'), ...ONLY, reasons: [/kvm01/, /sha256sum/] },
  'scripts-old-everywhere.not-met': {
    fault: together('driver scripts on both hosts are of an older release', [
      faultNamed('scripts-old-on-host'),
      driverScripts('', 'kvm02', {
        script: 'echo "# as it was" >> datastore/rsync/backup',
        looks: prints('kvm02', 'tail -n 1 /var/tmp/one/datastore/rsync/backup', /as it was/),
      }),
    ]),
    reasons: [/kvm01.*kvm02/s, /backup_qcow2\.rb is another version/, /datastore\/rsync\/backup is another version/],
  },
  'scripts-old-on-host.not-met': {
    fault: 'scripts-old-on-host',
    ...ONLY,
    reasons: [/kvm01/, /tm\/lib\/backup_qcow2\.rb is another version\./, sync],
  },
  'scripts-one-missing.not-met': {
    fault: driverScripts('one driver script is gone from kvm01', 'kvm01', {
      script: 'rm tm/lib/backup_kvm.rb',
      looks: prints('kvm01', 'ls /var/tmp/one/tm/lib/backup_kvm.rb', /No such file/),
    }),
    ...ONLY,
    reasons: [/kvm01/, /tm\/lib\/backup_kvm\.rb cannot be read or is missing/],
  },
  'scripts-one-unreadable.not-met': {
    fault: driverScripts('one driver script on kvm01 cannot be read', 'kvm01', {
      script: 'chmod 000 tm/lib/backup_image.rb',
      looks: prints('kvm01', 'cat /var/tmp/one/tm/lib/backup_image.rb', /Permission denied/),
    }),
    ...ONLY,
    reasons: [/kvm01/, /tm\/lib\/backup_image\.rb cannot be read or is missing/],
  },
  'scripts-slow.undetermined': {
    fault: instead('sha256sum', 'kvm01', {
      what: 'hangs',
      script: 'exec sleep 60',
      asked: 'timeout 1 sha256sum /etc/hosts',
      looks: /^exit 124/,
    }),
    site: { deadlines: { command: 3 } },
    ...ONLY,
    reasons: [/kvm01/, /none within/],
  },
  'scripts-swept-empty.not-met': {
    fault: files('the folder of the driver scripts on kvm01 was swept', 'kvm01', {
      files: ['/var/tmp/one'],
      script: 'rm -r /var/tmp/one/*',
      looks: prints('kvm01', 'ls /var/tmp/one/tm', /No such file/),
    }),
    ...ONLY,
    reasons: [/kvm01/, /and \d+ more cannot be read or are missing/],
  },
} satisfies Table;
