import { backupConfig, image, imageFailed, images, jobIs, production } from '../../lab/faults/protection.ts';
import { trees } from '../../lab/opennebula/tree.ts';
import { asked, imagesShown, shown } from './restore-points.ts';
import { every, type Table } from './world.ts';

const earlier = [4, 5, 6, 7];
/** Of the chain of mail01 the last link is left, as after a flatten. */
const oneLink = image('mail01', (found) => {
  const last = trees(found, 'BACKUP_INCREMENTS/INCREMENT').at(-1) ?? {};
  found.BACKUP_INCREMENTS = { INCREMENT: [{ ...last, TYPE: 'FULL', PARENT_ID: '-1' }] };
});

export default every({ production: true }, {
  'too-few-points.not-met': {
    fault: 'too-few-points',
    reasons:
      /web01 \(2\): expected 14 restore points, the oldest at least 30 d old, found 3 restore points, the oldest 6 h \d+ min old, longest gap 3 h\./,
  },
  'points-reach-back-less.not-met': {
    fault: production(
      'the oldest backup of db01 is gone',
      shown('db01', /<BACKUP_IDS>(?:\s*<ID>\d+<\/ID>){16}\s*<\/BACKUP_IDS>/),
      images('db01', 16),
    ),
    reasons: /db01 \(3\): .*found 16 restore points, the oldest 21 d 1 h old, longest gap 7 d\. Look when its backups began/,
  },
  'points-keep-last.not-met': {
    fault: production(
      'db01 keeps three backups',
      shown('db01', /<KEEP_LAST><!\[CDATA\[3\]\]>/),
      backupConfig('db01', { KEEP_LAST: '3' }),
      images('db01', 3),
    ),
    reasons: [/3 restore points.*; KEEP_LAST=3 keeps fewer than 14/, /Raise KEEP_LAST: onevm updateconf 3/],
  },
  'points-keep-last-of-job.not-met': {
    fault: production(
      'the job nightly keeps one backup',
      imagesShown(/<BACKUP_INCREMENTS>\s*<INCREMENT>(?:(?!<INCREMENT>|<\/BACKUP_INCREMENTS>).)*<ID>(?:<!\[CDATA\[)?9\D/s),
      jobIs('nightly', { KEEP_LAST: '1' }),
      oneLink,
    ),
    reasons: [/mail01 \(7\): .*found 1 restore point, the oldest 9 h.*KEEP_LAST=1 keeps fewer than 2/, /onebackupjob update 0/],
  },
  'points-more-owed.not-met': {
    ...asked('eleven restore points are owed', { restore_points: 11 }),
    reasons: [/3 of 6: /, /files02 \(6\): expected 11 restore points.*found 10 restore points.*KEEP_LAST=10 keeps fewer than 11/],
  },
  'points-longer-owed.not-met': {
    ...asked('restore points of twenty days are owed', { keep_for: '20d' }),
    reasons: [/3 of 6: /, /web02 \(5\): .*the oldest 9 d 9 h old.*KEEP_LAST=10 keeps no more/],
  },
  'points-locked.not-met': {
    fault: production(
      'four backup images of web01 are LOCKED',
      imagesShown(/<STATE>4<\/STATE>/),
      ...earlier.map((each) => imageFailed('web01', '', each, '4')),
    ),
    reasons: /web01 \(2\): .*found 13 restore points.*image \d+ in state LOCKED/,
  },
  'points-undated.undetermined': {
    fault: production(
      'four backup images of web01 have no time',
      imagesShown(/<REGTIME>soon</),
      ...earlier.map((each) => image('web01', (found) => Object.assign(found, { REGTIME: 'soon' }), each)),
    ),
    reasons: /web01 \(2\): .*found 13 restore points.*Image \d+ has no time/,
  },
  'points-of-a-class-owed.not-met': {
    ...asked('more is owed to Gold', { classes: [{ label: 'Gold', rpo: '4h', restore_points: 18, keep_for: '30d' }] }),
    reasons: [/3 of 6: /, /db02 \(4\): expected 18 restore points.*found 17 restore points/],
  },
} satisfies Table);
