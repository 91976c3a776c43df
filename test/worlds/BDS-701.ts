import { together } from '../../lab/faults/fault.ts';
import { agedBackup, born, imageFailed, images, inState, older, production } from '../../lab/faults/protection.ts';
import { alone } from './faults.ts';
import { asked, imagesShown, inBackup, newestIs, noneOf, shown } from './restore-points.ts';
import { blocked, every, notApplicable, notMet, ofProduction, type Table } from './world.ts';

const old = older('mail01', 48);
const mail01 = /mail01 \(7\): expected a restore point at most 26 h old, found the newest restore point 2 d 9 h old/;
const others = Object.fromEntries(
  ofProduction.filter((id) => id.startsWith('BDS-7') && id !== 'BDS-701').map((id) => [id, 'blocked' as const]),
);

export default every({ production: true }, {
  'rpo-missed.not-met': { fault: 'rpo-missed', reasons: [mail01, /onebackupjob backup 0\. Then look at its schedule/] },
  'rpo-missed-of-a-class.not-met': {
    fault: production('the newest backup of web01, of Gold, is older than four hours', newestIs('web01', 5), older('web01', 5)),
    reasons: /web01 \(2\): expected a restore point at most 4 h old, found the newest restore point 5 h \d+ min old/,
  },
  'rpo-missed-of-two.not-met': {
    fault: production(
      'the newest backups of mail01 and files02 are more than two days old',
      newestIs('files02', 57),
      old,
      older('files02', 48),
    ),
    reasons: [/2 of 6: /, /files02 \(6\): /, mail01],
  },
  'rpo-no-restore-point.not-met': {
    fault: production('db01 has no backup', noneOf('db01'), images('db01', 0)),
    also: { ...notMet('705'), ...blocked('708') },
    reasons: {
      701: /db01 \(3\): expected a restore point at most 4 h old, found no restore point\. Back it up now/,
      705: /db01 \(3\): .*found 0 restore points/,
    },
  },
  'rpo-missed-elsewhere.not-met': {
    fault: production(
      'the newest backup of web01 went to another datastore',
      imagesShown(/<DATASTORE_ID>1<\/DATASTORE_ID>(?:(?!<IMAGE>).)*<VMS>\s*<ID>2</s),
      older('web01', 5),
      agedBackup('web01', 0.2, '1'),
    ),
    reasons: /web01 \(2\): .*; one of \S+ \S+ UTC in datastore 1, which does not count \(protect\.datastores\)/,
  },
  'rpo-image-locked.not-met': {
    fault: production(
      'the newest two backup images of web01 are LOCKED',
      imagesShown(/<STATE>4<\/STATE>/),
      imageFailed('web01', '', 0, '4'),
      imageFailed('web01', '', 1, '4'),
    ),
    reasons: /web01 \(2\): .* found the newest restore point 6 h \d+ min old.*; image \d+ in state LOCKED; image \d+ in state LOCKED/,
  },
  'rpo-missed-in-backup.not-met': {
    fault: production(
      'a backup of mail01 runs, and the last is more than two days old',
      shown('mail01', /<LCM_STATE>69</),
      old,
      ...inBackup('mail01'),
    ),
    reasons: [mail01, /Wait for the backup that is running/],
  },
  'rpo-missed-unknown.not-met': {
    fault: production(
      'mail01 is UNKNOWN, and its last backup is more than two days old',
      shown('mail01', /<LCM_STATE>16</),
      old,
      inState('mail01', 'UNKNOWN'),
    ),
    reasons: [mail01, /it is UNKNOWN\. Look at it: onevm show 7/],
  },
  'rpo-missed-off-since.not-met': {
    fault: production(
      'mail01 is off since a day after its last backup',
      shown('mail01', /<STATE>8</),
      old,
      inState('mail01', 'POWEROFF', 30),
    ),
    reasons: mail01,
  },
  'rpo-missed-on-hold.not-met': {
    fault: production(
      'mail01 was undeployed a day after its last backup, resumed, and put on hold',
      shown('mail01', /<STATE>2</),
      old,
      inState('mail01', 'HOLD', 30),
    ),
    reasons: [mail01, /it is HOLD\. Bring it there: onevm release 7/],
  },
  'rpo-dated-ahead.undetermined': {
    fault: production('the newest backup of mail01 is dated tomorrow', newestIs('mail01', -23), old, agedBackup('mail01', -24)),
    reasons: [/the newest restore point 2 d 9 h old.*Image \d+ is dated later than the front-end's clock/, /oneimage show/],
  },
  'rpo-scope-empty.undetermined': {
    ...asked('nobody is production', { vms: [{ name: 'nobody-*' }] }),
    also: others,
    reasons: /none among the 8 that OpenNebula lists\. protect\.vms name nobody-\* matches no VM/,
  },
  'rpo-all-young.not-applicable': {
    fault: production(
      'mail01, which alone is production, was made two hours ago',
      noneOf('mail01'),
      images('mail01', 0),
      born('mail01', 2),
    ),
    site: { protect: { vms: [{ name: 'mail01' }], classes: [] } },
    also: notApplicable('703', '705', '708'),
    reasons: {
      701: /mail01 \(7\) is 2 h old, younger than its RPO of 26 h/,
      703: /No backup of mail01/,
      705: /it is 2 h old/,
      708: /younger than its RPO/,
    },
  },
  'rpo-images-unlisted.undetermined': {
    fault: together('oneimage prints half of the images', [alone('oneimage', 'prints half of what it should')]),
    also: blocked('703', '705', '706', '707', '708'),
    reasons: /expected OpenNebula to list its images/,
  },
} satisfies Table);
