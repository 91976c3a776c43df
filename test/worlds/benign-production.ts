import {
  agedBackup,
  backupConfig,
  born,
  diskAttached,
  images,
  inState,
  jobRan,
  older,
  production,
  vm,
} from '../../lab/faults/protection.ts';
import { asked, inBackup, newestIs, noneOf, shown } from './restore-points.ts';
import { every, type Table } from './world.ts';

/** As a run of its job leaves mail01, which OpenNebula does not back up in that state. */
const refused = (state: string) =>
  jobRan('nightly', {
    hoursAgo: 9,
    lists: { ERROR_VMS: ['mail01'] },
    error: `Could not create a new backup for VM 7, wrong state ${state}.`,
  });

export default every({ production: true }, {
  'production-young.met': {
    fault: production('mail01 was made two hours ago, and has no backup yet', noneOf('mail01'), images('mail01', 0), born('mail01', 2)),
  },
  'production-in-hold.met': {
    fault: production(
      'mail01 is in HOLD, never ran, has no backup, and its job was refused one',
      shown('mail01', /<STATE>2</),
      images('mail01', 0),
      inState('mail01', 'HOLD'),
      vm('mail01', (found) => Object.assign(found, { HISTORY_RECORDS: {} })),
      refused('HOLD'),
    ),
  },
  'production-resumed.met': {
    fault: production(
      'mail01 was undeployed before its last backup, resumed, and put on hold',
      newestIs('mail01', 109),
      older('mail01', 100),
      inState('mail01', 'HOLD', 120),
      refused('HOLD'),
    ),
    notes: {
      701: /mail01 \(7\) has not run since .*, and is in state HOLD; its newest restore point is newer/,
      703: /mail01 \(7\) has not run since .*, and is in state HOLD, in which OpenNebula refuses backups/,
    },
  },
  'production-off-since.met': {
    fault: production(
      'mail01 is off since before its last backup',
      newestIs('mail01', 109),
      older('mail01', 100),
      inState('mail01', 'POWEROFF', 120),
    ),
    notes: { 701: /mail01 \(7\) is in state POWEROFF since .*; its newest restore point is newer/ },
  },
  'production-undeployed.met': {
    fault: production(
      'mail01 is undeployed since before its last backup, and its job was refused one',
      newestIs('mail01', 109),
      older('mail01', 100),
      inState('mail01', 'UNDEPLOYED', 120),
      refused('UNDEPLOYED'),
    ),
    notes: { 701: /mail01 \(7\) is in state UNDEPLOYED/, 703: /mail01 \(7\) is in state UNDEPLOYED .*in which OpenNebula refuses backups/ },
  },
  'production-in-backup.met': {
    fault: production('a backup of web01 runs', shown('web01', /<LCM_STATE>69</), ...inBackup('web01')),
    notes: { 701: /web01 \(2\): a backup is running/ },
  },
  'production-chain-and-full.met': {
    fault: production(
      'mail01 has a chain that is old, and a full backup that is not',
      newestIs('mail01', 0),
      older('mail01', 48),
      backupConfig('mail01', { MODE: 'FULL' }),
      agedBackup('mail01', 0.5),
    ),
  },
  'production-renamed.met': {
    fault: production(
      'web01 is called shop since its last backup',
      shown('2', /<NAME>shop</),
      vm('web01', (found) => Object.assign(found, { NAME: 'shop' })),
    ),
  },
  'production-any-datastore.met': {
    fault: production(
      'the newest backup of mail01 lies in another datastore, which counts',
      newestIs('mail01', 1),
      older('mail01', 48),
      backupConfig('mail01', { MODE: 'FULL' }),
      agedBackup('mail01', 1.5, '1'),
    ),
    site: { protect: { datastores: 'any' } },
  },
  'production-swap-and-cdrom.met': {
    fault: production(
      'web01 has disks that no backup holds: swap, a CD-ROM, one that is only read',
      shown('web01', /CDROM/),
      ...[{ TYPE: 'swap', IMAGE: '', IMAGE_ID: '' }, { TYPE: 'CDROM' }, { READONLY: 'YES' }].map((disk) =>
        diskAttached('web01', { SIZE: '64', ...disk }),
      ),
    ),
  },
  'production-volatile-disk.met': {
    fault: production(
      'web01 has a volatile disk with data',
      shown('web01', /<TYPE><!\[CDATA\[fs\]\]>/),
      diskAttached('web01', { TYPE: 'fs', IMAGE: '', IMAGE_ID: '', SIZE: '500' }),
    ),
    notes: { 708: /web01 \(2\): in no backup, as BACKUP_VOLATILE is not set: volatile disk 1 \(500 MiB\)/ },
  },
  'production-disks-selected.met': {
    fault: production(
      'web01 backs up one of its disks, as was declared',
      shown('web01', /<DISK_IDS><!\[CDATA\[0\]\]>/),
      diskAttached('web01'),
      backupConfig('web01', { DISK_IDS: '0' }),
    ),
    site: { protect: { disks: 'selected' } },
  },
  'production-selected-by-label.met': asked('those of Gold alone are production', { vms: [{ label: 'Gold' }] }),
  'production-exception-expired.met': asked('what was out of scope is so no more, and another is', {
    except: [
      { name: 'mail01', owner: 'Jo', reason: 'moved', expires: '2026-01-01' },
      { name: 'files01', owner: 'Jo', reason: 'made anew by every trial', expires: '2099-12-31' },
    ],
  }),
} satisfies Table);
