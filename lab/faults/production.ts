/** Faults in which production is not protected as was declared, each in one way. They need a lab with production. */
import { type Fault, prints, succeeds, together } from './fault.ts';
import {
  backupConfig,
  diskAttached,
  diskIs,
  filesGone,
  image,
  imageFailed,
  images,
  job,
  linkMissing,
  older,
  production,
  REFUSED,
  scheduled,
  vmError,
  vmLog,
} from './protection.ts';

const shown = (command: string, words: RegExp) => prints('frontend01', command, words);

/** Whether a machine has fewer backup images than so many. */
const fewerImages = (name: string, number: number) =>
  shown(
    `onevm show -x ${name} | grep -A99 "<BACKUP_IDS>" | grep -c "<ID>" | sed "s/^/images: /"`,
    new RegExp(`^images: [0-${number - 1}]$`, 'm'),
  );

/** The newest restore point of a machine with a chain, by its number, is older than so many hours. */
const restorePointOlder = (name: string, hours: number) => (lab: Parameters<typeof succeeds>[0]) =>
  succeeds(
    lab,
    'frontend01',
    ...[
      'bash',
      '-c',
      `image=$(onevm show -x ${name} | grep -A1 '<BACKUP_IDS>' | tr -dc 0-9)
      date=$(oneimage show -x $image | sed -n 's/.*<DATE>[^0-9]*\\([0-9]*\\).*/\\1/p' | sort -n | tail -1)
      (($(date +%s) - date > ${hours} * 3600))`,
    ],
  );

export const unprotected = {
  'no-room-for-a-vm': production(
    'the disk of db01 has grown to 64 GiB, for which the backup server has no room',
    shown('onevm show -x db01', /<SIZE><!\[CDATA\[65536\]\]>/),
    diskIs('db01', 0, { SIZE: '65536' }),
  ),
  'rpo-missed': production('the newest backup of mail01 is more than two days old', restorePointOlder('mail01', 26), older('mail01', 48)),
  'rarely-scheduled': production(
    'db01, of Gold, is backed up every twelve hours only',
    shown('onevm show -x db01', /<DAYS>12<\/DAYS>/),
    scheduled('db01', { repeat: 3, days: '12', due: 2 }),
  ),
  'last-backup-failed': together('the last backup of web01 failed twenty minutes ago: the backup server let its host in no more', [
    vmLog('web01', 0.33, REFUSED),
    production('web01 has the error of a backup', shown('onevm show -x web01', /<ERROR><!\[CDATA\[.*BACKUP: /), vmError('web01', 0.33)),
  ]),
  'job-failing': production(
    'the weekly job archive names a datastore for images, and failed three hours ago',
    shown('onebackupjob show -x archive', /Datastore needs to be of type BACKUP/),
    job('archive', ['files01'], {
      datastore: '1',
      repeats: [{ repeat: 0, days: '0', due: 30 }],
      run: { hoursAgo: 3, lists: { ERROR_VMS: ['files01'] }, error: 'Datastore needs to be of type BACKUP' },
    }),
  ),
  'too-few-points': production('of the backups of web01 the newest three are left', fewerImages('web01', 4), images('web01', 3)),
  'chain-broken': production(
    'the chain of web02 lacks an increment in its middle',
    shown(
      'oneimage show -x $(onevm show -x web02 | grep -A1 "<BACKUP_IDS>" | tr -dc 0-9)',
      /<ID><!\[CDATA\[1\]\]>(?:(?!<ID><!\[CDATA\[2\]\]>).)*<PARENT_ID><!\[CDATA\[2\]\]>/s,
    ),
    linkMissing('web02'),
  ),
  'image-in-error': production(
    'a backup image of db01 is in ERROR',
    shown('oneimage list -x', /<STATE>5<\/STATE>/),
    imageFailed('db01', 'Error removing image from datastore. Retry the operation or manually remove image source', 4),
  ),
  'backup-files-gone': { ...filesGone('db01', 5), what: 'somebody has deleted a backup of db01 on the backup server' },
  'disk-left-out': production(
    'the backups of db01 leave out its second disk, by DISK_IDS',
    shown('onevm show -x db01', /<DISK_IDS><!\[CDATA\[0\]\]>/),
    diskAttached('db01'),
    backupConfig('db01', { DISK_IDS: '0' }),
    ...[0, 1, 2].map((earlier) => image('db01', (found) => Object.assign(found, { TEMPLATE: { BACKUP_SELECTED_DISKS: 'YES' } }), earlier)),
  ),
} satisfies Record<string, Fault>;
