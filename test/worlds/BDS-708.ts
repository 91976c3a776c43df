import { known } from '../../lab/faults/opennebula.ts';
import { agedBackup, backupConfig, diskAttached, diskIs, image, images, production } from '../../lab/faults/protection.ts';
import { asked, imagesShown, noneOf, shown } from './restore-points.ts';
import { every, notMet, onlyVm, type Table } from './world.ts';

const attached = diskAttached('web01');
const hasData = shown('web01', /web01-data/);

export default every({ production: true }, {
  'disk-left-out.not-met': {
    fault: 'disk-left-out',
    reasons: [
      /db01 \(3\): .* lacks disk 1 \(db01-data\), left out by DISK_IDS/,
      /Take DISK_IDS out of its backup settings.*onevm updateconf 3/,
    ],
  },
  'disk-attached-since.not-met': {
    fault: production('web01 has one more disk since its last backup', hasData, attached),
    reasons: [/web01 \(2\): .* lacks disk 1 \(web01-data\), attached after that backup/, /Back it up again: onevm backup -d 100 2/],
  },
  'disk-attached-to-two.not-met': {
    fault: production('web01 and mail01 have one more disk since their last backups', hasData, attached, diskAttached('mail01')),
    reasons: [/2 of 6: /, /mail01 \(7\): .* lacks disk 1 \(mail01-data\)/],
  },
  'disks-attached.not-met': {
    fault: production(
      'web01 has two more disks since its last backup',
      shown('web01', /<DISK_ID>(<!\[CDATA\[)?2\D/),
      ...['1', '2'].map(() => diskAttached('web01', { SIZE: '64' })),
    ),
    reasons: /web01 \(2\): .* lacks disk 1 \(web01-data\), attached after that backup; disk 2/,
  },
  'disk-volatile-owed.not-met': {
    fault: production(
      'volatile disks of web01 are to be backed up, and its last backup has none',
      shown('web01', /<BACKUP_VOLATILE><!\[CDATA\[YES\]\]>/),
      diskAttached('web01', { TYPE: 'fs', IMAGE: '', IMAGE_ID: '' }),
      backupConfig('web01', { BACKUP_VOLATILE: 'YES' }),
    ),
    reasons: /web01 \(2\): .* lacks disk 1, attached after that backup/,
  },
  'disk-chosen-lacks.not-met': {
    fault: production(
      'a disk of web01 was chosen that its last backup lacks',
      hasData,
      attached,
      backupConfig('web01', { DISK_IDS: '0,1' }),
    ),
    site: { protect: { disks: 'selected' } },
    reasons: /web01 \(2\): .* lacks disk 1 \(web01-data\), attached/,
  },
  'disk-chosen-is-none.not-met': {
    fault: production(
      'DISK_IDS of web01 names a disk that it does not have',
      shown('web01', /<DISK_IDS><!\[CDATA\[7\]\]>/),
      backupConfig('web01', { DISK_IDS: '7' }),
    ),
    site: { protect: { disks: 'selected' } },
    reasons: [/web01 \(2\): .*that DISK_IDS \(7\) selects none of them: disk 0 \(tiny\)/, /onevm updateconf 2/],
  },
  'not-quiesced.not-met': {
    ...asked('backups are to be quiesced', { quiesced: true }),
    reasons: [
      /6 of 6: /,
      /web01 \(2\): .*FS_FREEZE NONE, where AGENT or SUSPEND is declared/,
      /mail01 \(7\): .*Its backup job 0 overrides.*onebackupjob update 0/,
    ],
  },
  'not-quiesced-of-one.not-met': {
    fault: production(
      'backups of all but db01 suspend the VM',
      shown('web01', /<FS_FREEZE><!\[CDATA\[SUSPEND\]\]>/),
      ...['web01', 'db02'].map((name) => backupConfig(name, { FS_FREEZE: 'SUSPEND' })),
    ),
    site: { protect: { classes: [{ label: 'Gold', rpo: '4h', restore_points: 14, keep_for: '30d', quiesced: true }] } },
    reasons: /db01 \(3\): .*FS_FREEZE NONE/,
  },
  'not-quiesced-by-job.not-met': {
    fault: production(
      'mail01 is quiesced by its own settings, which those of its job override',
      shown('mail01', /<FS_FREEZE><!\[CDATA\[AGENT\]\]>/),
      backupConfig('mail01', { FS_FREEZE: 'AGENT' }),
    ),
    site: { protect: { ...onlyVm('mail01').protect, quiesced: true } },
    reasons: [/mail01 \(7\): .*FS_FREEZE NONE of its backup job nightly \(0\), where AGENT/, /onebackupjob update 0/],
  },
  'disks-volatile-alone.met': {
    fault: production(
      'web01 has no disk but a volatile one',
      shown('web01', /<TYPE><!\[CDATA\[fs\]\]>/),
      diskIs('web01', 0, { TYPE: 'fs', IMAGE: '', IMAGE_ID: '' }),
    ),
    notes: { 708: /web01 \(2\): its backups hold no disk: all are volatile/ },
  },
  'disks-untold.undetermined': {
    fault: known(
      'the newest backup image of web01 does not say which disks it holds',
      image('web01', (found) => Object.assign(found, { BACKUP_DISK_IDS: {} })),
      imagesShown(
        /<BACKUP_DISK_IDS(\/>|>\s*<\/BACKUP_DISK_IDS>)(?:(?!<IMAGE>).)*<VMS>\s*<ID>2<|<VMS>\s*<ID>2<(?:(?!<IMAGE>).)*<BACKUP_DISK_IDS(\/>|>\s*<\/BACKUP_DISK_IDS>)/s,
      ),
    ),
    reasons: /web01 \(2\): .*image \d+ does not say which it holds/,
  },
  'disk-held-by-locked-chain.undetermined': {
    fault: production(
      'the newest backup of mail01 is in a chain that OpenNebula flattens, and holds a disk that an older one lacks',
      imagesShown(/<STATE>4</),
      backupConfig('mail01', { MODE: 'FULL' }),
      agedBackup('mail01', 8),
      diskAttached('mail01', { SIZE: '64' }),
      backupConfig('mail01', { MODE: 'INCREMENT', LAST_INCREMENT_ID: '-1', INCREMENTAL_BACKUP_ID: '-1' }),
      agedBackup('mail01', 1),
      image('mail01', (found) => Object.assign(found, { STATE: '4' })),
    ),
    reasons: /mail01 \(7\): .* found a newer backup, of .* Image \d+ is LOCKED/,
  },
  'disk-no-restore-point.blocked': {
    fault: production('db02 has no backup', noneOf('db02'), images('db02', 0)),
    also: notMet('701', '705'),
    reasons: { 701: /db02 \(4\): .*found no restore point/, 705: /0 restore points/ },
  },
} satisfies Table);
