import assert from 'node:assert/strict';
import { test } from 'node:test';
import { owned } from '../../support/checks/production.ts';
import { backupHoldsAllDisks, longestGap, restorePointIsRecent, restorePointsAreKept } from '../../support/checks/restore-points.ts';
import type { Backups } from '../../support/facts/backups.ts';
import type { Image } from '../../support/opennebula/images.ts';
import type { BackupJob } from '../../support/opennebula/jobs.ts';
import type { VirtualMachine } from '../../support/opennebula/pools.ts';
import { restorePoints } from '../../support/opennebula/restore-points.ts';
import { parseSite } from '../../support/site/load.ts';
import { disk, image, link, looked, now, unread, virtualMachine, wholeCloud } from '../made.ts';
import { both, type Case, type Change, cases, frontend, judge, met, pool } from './cases.ts';

const hour = 3600;
const day = 24 * hour;
const rests = ['virtual-machines', 'images', 'backups-now'];

const backups =
  (changes: Partial<Backups>): Change =>
  (cloud) => ({ ...cloud, backups: { ...cloud.backups, ...changes } });
/** OpenNebula lists these images of backups, and no others. */
const has = (...images: readonly Image[]) => backups({ images: looked(images, 'images') });
/** A full backup of so many hours ago. */
const full = (hours: number, changes: Partial<Image> = {}) =>
  image({ id: String(10 + Math.round(hours)), registered: now - hours * hour, ...changes });
/** A chain, by the hours since each of its links. */
const chain = (...hours: readonly number[]) =>
  full(hours[0] ?? 0, { id: '5', increments: hours.map((each, at) => link(String(at), `link${at}`, now - each * hour)) });
const vm = (changes: Partial<VirtualMachine>) => frontend({ virtualMachines: pool('virtual-machines', virtualMachine(changes)) });
/** What production is owed, as the site file says it. */
const protect =
  (text: string): Change =>
  (cloud) => {
    const parsed = parseSite(
      `name: x\nfrontend: local\ndatastore: { name: x, rsync_user: x, rsync_host: x }\nprotect: ${text}\n`,
      'site.yaml',
    );
    return { ...cloud, site: { ...cloud.site, protect: parsed.protect } };
  };
const resting = (hours: number, state = 'POWEROFF') => vm({ state, ready: state === 'POWEROFF', restsSince: now - hours * hour });

/** It was undeployed so many hours ago, and resumed: it waits for a host. */
const waiting = (hours: number) => vm({ state: 'PENDING', unborn: true, ready: false, restsSince: now - hours * hour });

const recent = 'vm0 (0): expected a restore point at most 26 h old, found';
const go =
  'Back it up now: onevm backup -d 100 0. Then look at its schedule, whether its last backup failed, and whether its job hangs: BDS-702, BDS-703, BDS-704.';

met(restorePointIsRecent, 'BDS-701 backups', rests, { measured: 'newest 24 h old (RPO 26 h)' });
cases(restorePointIsRecent, 'vm0', [
  ['as old as the RPO', has(full(26)), 'met', rests],
  [
    'a second older',
    has(full(26, { registered: now - 26 * hour - 1 })),
    'not-met',
    `${recent} the newest restore point 26 h old, of 2026-11-22 02:59 UTC. ${go}`,
    rests,
  ],
  ['none at all', has(), 'not-met', `${recent} no restore point. ${go}`],
  ['none at all, of one in a job', both(has(), vm({ job: '3' })), 'not-met', /Back it up now: onebackupjob backup 3\. /],
  ['of another VM alone', has(full(1, { vms: ['7'] })), 'not-met', `${recent} no restore point. ${go}`],
  ['an image of several', has(full(1, { vms: ['7', '0'] })), 'met'],
  ['another kind of image', has(full(1, { isBackup: false })), 'not-met', `${recent} no restore point. ${go}`],
  ['in use', has(full(1, { state: 'used' })), 'met'],
  ...(['locked', 'error', 'delete', 'disabled', 'init', 'unknown'] as const).map(
    (state) =>
      [
        `in state ${state}`,
        has(full(1, { state }), full(40)),
        'not-met',
        new RegExp(`40 h old.*; image 11 in state ${state.toUpperCase()}\\.`),
      ] as const,
  ),
  [
    'a chain that is being flattened',
    has({ ...chain(200, 100, 3), state: 'locked' }),
    'undetermined',
    /found no restore point\. Image 5 is LOCKED: OpenNebula works on its chain/,
  ],
  [
    'a chain that is being flattened, and is old',
    has({ ...chain(200, 100), state: 'locked' }),
    'not-met',
    /found no restore point; image 5 in state LOCKED/,
  ],
  ['a chain whose last link is young', has(chain(200, 100, 3)), 'met'],
  ['a chain whose last link is old, and a full one', has(chain(200, 100, 50), full(2)), 'met'],
  [
    'a chain that is old, though its image was registered just now',
    has({ ...chain(200, 100), registered: now }),
    'not-met',
    /100 h|4 d 4 h old/,
  ],
  [
    'in a datastore that does not count',
    has(full(1, { datastoreId: '101' })),
    'not-met',
    /no restore point; one of .* in datastore 101, which does not count/,
  ],
  [
    'in any datastore, which counts',
    both(protect('{ datastores: any }'), has(full(1, { datastoreId: '101' }))),
    'met',
    /lies in datastore 101, whose files nobody checked/,
  ],
  [
    'at rest, its last record that of a backup, and older than that',
    both(has(full(60)), vm({ state: 'POWEROFF', restsSince: now - 50 * hour, wasBackedUp: true })),
    'undetermined',
    /whether it has run since the restore point is not told/,
  ],
  [
    'old, running, and its last record is that of a backup',
    both(has(full(60)), vm({ wasBackedUp: true })),
    'not-met',
    `${recent} the newest restore point 2 d 12 h old, of 2026-11-20 16:59 UTC. ${go}`,
  ],
  [
    'none, at rest, and its last record is that of a backup',
    both(has(), vm({ state: 'POWEROFF', restsSince: now - 50 * hour, wasBackedUp: true })),
    'not-met',
    /no restore point\. Back it up now/,
  ],
  ['a shorter RPO', protect('{ rpo: 4h }'), 'not-met', /at most 4 h old, found the newest restore point 24 h old/],
  ['a class with a longer one', both(protect('{ rpo: 4h, classes: [{ name: "vm*", rpo: 2d }] }'), has(full(40))), 'met'],
  [
    'younger than its RPO',
    both(has(), vm({ made: now - 3 * hour })),
    'not-applicable',
    'vm0 (0) is 3 h old, younger than its RPO of 26 h.',
  ],
  ['as old as its RPO', both(has(), vm({ made: now - 26 * hour })), 'not-met', `${recent} no restore point. ${go}`],
  ['made a minute ago, or a minute ahead', both(has(), vm({ made: now - 60 })), 'not-applicable', /is 60 s old|is 1 min old/],
  ['made as far ahead as a clock may be', both(has(), vm({ made: now + 120 })), 'not-applicable', /^vm0 \(0\) is 0 s old/],
  [
    'that waits to be placed, and ran before',
    both(has(), waiting(99)),
    'not-met',
    /no restore point\. OpenNebula backs up what is RUNNING or POWEROFF, and it is PENDING\. Look at it: onevm show 0\./,
  ],
  ['that waits to be placed, and ran since its backup', both(has(full(100)), waiting(99)), 'not-met', /4 d 4 h old/],
  [
    'that waits to be placed, and has not run since its backup',
    both(has(full(100)), waiting(101)),
    'met',
    'vm0 (0) has not run since 2026-11-18 23:59 UTC, and is in state PENDING; its newest restore point is newer.',
  ],
  [
    'old, and one that is locked in a datastore that does not count',
    has(full(40), { ...chain(9, 1), state: 'locked', datastoreId: '101' }),
    'not-met',
  ],
  ['younger, and backed up', both(has(full(1)), vm({ made: now - 3 * hour })), 'met'],
  ['made in the future', both(has(), vm({ made: now + day })), 'not-met', `${recent} no restore point. ${go}`],
  ['made at a time that is not told', both(has(), vm({ made: Number.NaN })), 'not-met', `${recent} no restore point. ${go}`],
  [
    'in HOLD',
    both(has(), vm({ state: 'HOLD', unborn: true, host: '' })),
    'not-applicable',
    'vm0 (0) has not begun to run: it is in state HOLD.',
  ],
  [
    'powered off, and backed up since',
    both(has(full(100)), resting(101)),
    'met',
    /^vm0 \(0\) is in state POWEROFF since 2026-11-18 23:59 UTC; its newest/,
  ],
  ['powered off since the moment of its backup', both(has(full(100)), resting(100)), 'not-met', /4 d 4 h old/],
  ['powered off, and not backed up since', both(has(full(100)), resting(99)), 'not-met', /4 d 4 h old/],
  ['undeployed, never backed up', both(has(), resting(99, 'UNDEPLOYED')), 'not-met', /it is UNDEPLOYED\. Bring it there: onevm resume 0\./],
  ['UNKNOWN', both(has(full(40)), vm({ state: 'UNKNOWN', ready: false })), 'not-met', /it is UNKNOWN\. Look at it: onevm show 0\./],
  [
    'a backup is running',
    both(has(full(40)), vm({ state: 'BACKUP', ready: false, inBackup: true })),
    'not-met',
    /Wait for the backup that is running/,
  ],
  [
    'a backup is running, and the last is young',
    vm({ state: 'BACKUP', inBackup: true }),
    'met',
    'vm0 (0): a backup is running, which is no restore point yet.',
  ],
  ['dated a minute ahead, as it was made while images were listed', has(full(-1 / 60)), 'met', rests],
  [
    'dated an hour ahead',
    has(full(-1), full(40)),
    'undetermined',
    /the newest restore point 40 h old, of .*\. Image 9 is dated later than the front-end's clock\. Set the/,
  ],
  ['dated an hour ahead, and another that is young', has(full(-1), full(3)), 'met', /Image 9 is dated later/],
  [
    'without a time',
    has(full(1, { registered: Number.NaN })),
    'undetermined',
    /found no restore point\. Image 11 has no time\..*oneimage show 11/,
  ],
  ['without a time, and another that is young', has(full(1, { registered: Number.NaN }), full(3)), 'met', /Image 11 has no time/],
]);

test('what cannot be asked is undetermined: images, the time', () => {
  for (const [check, change, what] of [
    [
      restorePointIsRecent,
      backups({ images: unread('no answer', 'images', 'Look.') }),
      /expected OpenNebula to list its images, found no answer/,
    ],
    [restorePointsAreKept, backups({ now: unread('no answer', 'backups-now', 'Look.') }), /expected the time, to tell the age/],
  ] as const) {
    const [judgement, ...more] = judge(check, change);
    assert.deepEqual([judgement?.outcome, judgement?.subject, more], ['undetermined', undefined, []]);
    assert.match(judgement?.reason ?? '', what);
  }
});

const kept = 'vm0 (0): expected 2 restore points, the oldest at least 7 d old, found';
const job = (changes: Partial<BackupJob>): BackupJob => ({
  ...{ id: '3', name: 'nightly', vms: ['0'], datastoreId: '100', mode: 'FULL', reset: false },
  ...{ keepLast: 0, freeze: 'NONE', lastAsked: now, lasted: 0 },
  ...{ outdated: [], backingUp: [], updated: [], failed: [], scheduled: [], error: '' },
  ...changes,
});
/** Backups of another VM reach back: the datastore is not new. */
const others = full(1000, { vms: ['7'] });

met(restorePointsAreKept, 'BDS-705 backups', rests, {
  measured: '2 restore points, the oldest 8 d old (declared: 2 restore points, 7 d)',
});
cases(restorePointsAreKept, 'vm0', [
  ['as many and as old as declared', has(full(1), full(168)), 'met'],
  ['a chain that is being flattened', has({ ...chain(200, 100, 3), state: 'locked' }), 'undetermined', /Image 5 is LOCKED/],
  [
    'exactly as many, with what is being flattened, which is newer than the oldest',
    has(full(200), { ...full(3), state: 'locked', increments: [link('0', 'link0', now - 3 * hour)] }),
    'undetermined',
    /Image 13 is LOCKED.*Run it again when it is READY: oneimage show 13/,
  ],
  [
    'as many, with what is being flattened, and not old enough',
    has(full(100), { ...chain(50, 3), state: 'locked' }, others),
    'not-met',
    /found 1 restore point, the oldest 4 d 4 h old; image 5 in state LOCKED\. Look when/,
  ],
  [
    'old enough, with what is being flattened, and too few',
    both(protect('{ restore_points: 3 }'), has(full(200), { ...chain(3), state: 'locked' })),
    'not-met',
    /found 1 restore point, the oldest 8 d 8 h old; image/,
  ],
  [
    'one too few, whatever is being flattened',
    has({ ...chain(100), state: 'locked' }, full(200, { vms: ['7'] })),
    'not-met',
    /0 restore points/,
  ],
  [
    'one too few',
    has(full(200)),
    'not-met',
    /^vm0 \(0\): expected 2 restore points.*found 1 restore point, the oldest 8 d 8 h old\. Look when/,
  ],
  ['none', has(others), 'not-met', new RegExp(`^${kept.replace(/[()]/g, '\\$&')} 0 restore points\\.`)],
  ['not old enough', has(full(1), full(24), others), 'not-met', /found 2 restore points, the oldest 24 h old, longest gap 23 h\./],
  [
    'KEEP_LAST that keeps too few',
    both(has(full(1), others), vm({ keepLast: 1 })),
    'not-met',
    /KEEP_LAST=1 keeps fewer than 2.*onevm updateconf 0/,
  ],
  [
    'KEEP_LAST that does not reach back',
    both(has(full(1), full(24)), vm({ keepLast: 2 })),
    'not-met',
    /KEEP_LAST=2 keeps no more.*onevm updateconf 0/,
  ],
  [
    'KEEP_LAST of its backup job',
    both(has(full(1), full(24)), vm({ keepLast: 0, job: '3' }), backups({ jobs: looked([job({ keepLast: 2 })], 'jobs') })),
    'not-met',
    /KEEP_LAST=2 keeps no more.*onebackupjob update 3/,
  ],
  [
    'KEEP_LAST of its own, and its job was not listed',
    both(has(full(1), full(24), others), vm({ keepLast: 1, job: '3' }), backups({ jobs: unread('no answer', 'jobs') })),
    'not-met',
    /longest gap 23 h\. Look at KEEP_LAST of its backup job: onebackupjob show 3\. If fewer/,
  ],
  [
    'as many and as old as declared, with KEEP_LAST of its own, and its job was not listed',
    both(vm({ keepLast: 1, job: '3' }), backups({ jobs: unread('no answer', 'jobs') })),
    'met',
    rests,
  ],
  ['KEEP_LAST that will keep too few', vm({ keepLast: 1 }), 'met', 'vm0 (0): KEEP_LAST=1 keeps fewer than 2.'],
  [
    'a new datastore',
    has(full(1), full(24)),
    'met',
    'vm0 (0): nothing in the datastore is 7 d old: it is new, or somebody deletes backups sooner than that.',
  ],
  [
    'a new datastore, and KEEP_LAST that was not come to',
    both(has(full(1)), vm({ keepLast: 2 })),
    'not-applicable',
    /nothing in the datastore is 7 d old/,
  ],
  ['a new datastore, and one that has no time', has(full(1), full(2, { registered: Number.NaN })), 'undetermined', /Image 12 has no time/],
  [
    'one that is dated ahead, and enough',
    has(full(1), full(168), full(-1)),
    'met',
    "vm0 (0): Image 9 is dated later than the front-end's clock.",
  ],
  ['a new datastore, and an old one that does not count', has(full(1), full(1000, { vms: ['7'], datastoreId: '101' })), 'not-applicable'],
  ['a new datastore, and an old image that is no backup', has(full(1), full(1000, { vms: ['7'], isBackup: false })), 'not-applicable'],
  ['a new datastore with one', has(full(1)), 'not-applicable', /has 1 restore point, the oldest 60 min|1 h old/],
  ['young', both(has(full(1), full(24), others), vm({ made: now - 2 * day })), 'met', /it is 2 d old, younger than/],
  ['young, with one', both(has(full(1), others), vm({ made: now - 2 * day })), 'not-applicable', /it is 2 d old, younger than/],
  ['in PENDING', both(has(others), vm({ state: 'PENDING', unborn: true, host: '' })), 'not-applicable', /has not begun to run/],
  ['in PENDING, and it ran before', both(has(others), waiting(99)), 'not-met', /found 0 restore points/],
  [
    'one that is dated before its VM was made',
    both(has(full(1), full(900), others), vm({ made: now - 20 * day })),
    'undetermined',
    /2 restore points, the oldest 60 min old.*Image 910 is dated before its VM was made\.|2 restore points, the oldest 1 h old.*Image 910 is dated before its VM was made\./,
  ],
  [
    'one that is dated before its VM was made, and another that is old enough',
    both(has(full(1), full(168), full(900), others), vm({ made: now - 20 * day })),
    'met',
    'vm0 (0): Image 910 is dated before its VM was made.',
  ],
  ['one whose time is 0', has(full(1), full(2, { registered: 0 }), others), 'undetermined', /1 restore point, .*Image 12 has no time/],
  ['a chain', has(chain(170, 100, 3)), 'met'],
  [
    'a chain that was flattened',
    has({ ...chain(100, 50, 3), registered: now - 40 * day }),
    'not-met',
    /3 restore points, the oldest 4 d 4 h old, longest gap/,
  ],
  ['one that has no time', has(full(1), full(2, { registered: Number.NaN }), others), 'undetermined', /Image 12 has no time/],
  [
    'in a datastore that does not count',
    has(full(1), full(200, { datastoreId: '101' }), others),
    'not-met',
    /in datastore 101, which does not count/,
  ],
]);

test('the longest gap is between restore points that lie next to each other in that time', () => {
  const gap = (...hours: readonly number[]) =>
    longestGap(
      hours.map((each) => ({ image: image(), time: now - each * hour })),
      now - 7 * day,
    );
  assert.deepEqual([gap(), gap(3), gap(3, 5, 20, 21), gap(3, 300)], [undefined, undefined, 15 * hour, undefined]);
});

const whole = 'vm0 (0): expected its newest backup to hold all its disks, found';
const disks = (...all: readonly Parameters<typeof disk>[0][]) => ({ disks: all.map((each, at) => disk({ id: String(at), ...each })) });

const volatile = { type: 'fs', isVolatile: true, image: '' };

met(backupHoldsAllDisks, 'BDS-708 backups', rests, { measured: '1 of 1 disk, in image 1 of 2026-11-22 04:59 UTC' });
cases(backupHoldsAllDisks, 'vm0', [
  ['a second disk', both(has(full(1, { disks: ['0', '1'] })), vm(disks({}, {}))), 'met'],
  [
    'one attached since',
    vm(disks({}, { image: 'data' })),
    'not-met',
    `${whole} that image 1 of 2026-11-22 04:59 UTC lacks disk 1 (data), attached after that backup. Back it up again: onevm backup -d 100 0.`,
  ],
  ['one that is not in it', both(has(full(1, { disks: ['1'] })), vm(disks({}, {}))), 'not-met', /lacks disk 0 \(tiny\), not in it/],
  [
    'one left out by DISK_IDS',
    vm({ ...disks({}, {}), chosenDisks: ['0'] }),
    'not-met',
    /disk 1 \(tiny\), left out by DISK_IDS\. Take DISK_IDS out/,
  ],
  [
    'one left out of the later links of a chain, which names the disks of its first',
    both(has({ ...chain(200, 100, 3), disks: ['0', '1'] }), vm({ ...disks({}, {}), chosenDisks: ['0'] })),
    'not-met',
    /lacks disk 1 \(tiny\), left out by DISK_IDS\. Take DISK_IDS out of its backup settings: onevm updateconf 0\. Back it up again: onevm backup \S+ \d+ 0\. Or declare disks: selected for it\.$/,
  ],
  [
    'one left out since a full backup that holds it',
    both(has(full(1, { disks: ['0', '1'] })), vm({ ...disks({}, {}), chosenDisks: ['0'] })),
    'met',
  ],
  [
    'one left out since a chain of one link, which holds it',
    both(has({ ...chain(3), disks: ['0', '1'] }), vm({ ...disks({}, {}), chosenDisks: ['0'] })),
    'met',
  ],
  [
    'disks that are chosen, as its class says, and none was',
    both(protect('{ disks: selected }'), vm(disks({}, {}))),
    'not-met',
    /lacks disk 1/,
  ],
  [
    'one that is not in it, between two that are',
    both(has(full(1, { disks: ['0', '2'] })), vm(disks({}, {}, {}))),
    'not-met',
    /disk 1 \(tiny\), not in it\. Back/,
  ],
  [
    'swap, where volatile disks are to be backed up',
    vm({ ...disks({}, { type: 'swap', isVolatile: true }), backsUpVolatile: true }),
    'met',
  ],
  ['one left out, as its class says', both(protect('{ disks: selected }'), vm({ ...disks({}, {}), chosenDisks: ['0'] })), 'met'],
  [
    'one that is chosen, and lacks',
    both(protect('{ disks: selected }'), vm({ ...disks({}, {}), chosenDisks: ['0', '1'] })),
    'not-met',
    /lacks disk 1/,
  ],
  [
    'swap, a CD-ROM, one that is read only',
    vm(disks({}, { type: 'swap', isVolatile: true }, { type: 'CDROM' }, { isReadOnly: true })),
    'met',
  ],
  [
    'a volatile one, and one on Ceph',
    vm(disks({ tmMad: 'ceph' }, { ...volatile, sizeMb: 500 }, { ...volatile, sizeMb: Number.NaN })),
    'met',
    'vm0 (0): not covered by restore tests: disk 0 lies on ceph. vm0 (0): in no backup, as BACKUP_VOLATILE is not set: volatile disk 1 (500 MiB), volatile disk 2.',
  ],
  ['volatile ones', vm(disks({}, ...Array.from({ length: 9 }, () => volatile))), 'met', /volatile disk 5 \(256 MiB\), and 4 more\.$/],
  ...['all', 'selected'].map(
    (which): Case => [
      `DISK_IDS that select none of its disks, of which ${which} are owed`,
      both(protect(`{ disks: ${which} }`), vm({ ...disks({}, { type: 'CDROM' }), chosenDisks: ['1', '7'] })),
      'not-met',
      `${whole} that DISK_IDS (1, 7) selects none of them: disk 0 (tiny). Take DISK_IDS out of its backup settings, or name one of its disks: onevm updateconf 0`,
    ],
  ),
  [
    'a volatile one that is to be backed up',
    vm({ ...disks({}, { type: 'fs', isVolatile: true, image: '' }), backsUpVolatile: true }),
    'not-met',
    /lacks disk 1, attached/,
  ],
  [
    'the newest lacks one that an older holds',
    both(has(full(1), full(9, { disks: ['0', '1'] })), vm(disks({}, {}))),
    'not-met',
    /image 11 of .* lacks disk 1/,
  ],
  [
    'one on Ceph, and one that is encrypted',
    both(has(full(1, { disks: ['0', '1'] })), vm(disks({ tmMad: 'ceph' }, { isEncrypted: true }))),
    'met',
    'vm0 (0): not covered by restore tests: disk 0 lies on ceph, disk 1 is encrypted.',
  ],
  [
    'on storage of files',
    both(
      has(full(1, { disks: ['0', '1', '2', '3'] })),
      vm(disks({ tmMad: 'ssh' }, { tmMad: 'shared' }, { tmMad: 'qcow2' }, { tmMad: '' })),
    ),
    'met',
    rests,
  ],
  [
    'an image that does not say',
    has(full(1, { disks: [] })),
    'undetermined',
    /image 11 does not say which it holds\. Look at it: oneimage show 11/,
  ],
  [
    'not quiesced, as declared',
    protect('{ quiesced: true }'),
    'not-met',
    /FS_FREEZE NONE, where AGENT or SUSPEND is declared \(quiesced\)\. Set FS_FREEZE: onevm updateconf 0/,
  ],
  [
    'not quiesced, by its job',
    both(protect('{ quiesced: true }'), vm({ job: '3' }), backups({ jobs: looked([job({})], 'jobs') })),
    'not-met',
    /Its backup job 3 overrides its own settings: onebackupjob update 3/,
  ],
  ['quiesced', both(protect('{ quiesced: true }'), vm({ freeze: 'SUSPEND' })), 'met'],
  [
    'quiesced by itself, and not by its job, which overrides that',
    both(protect('{ quiesced: true }'), vm({ freeze: 'AGENT', job: '3' }), backups({ jobs: looked([job({ freeze: 'NONE' })], 'jobs') })),
    'not-met',
    /FS_FREEZE NONE of its backup job nightly \(3\), where AGENT/,
  ],
  [
    'quiesced by its job',
    both(protect('{ quiesced: true }'), vm({ job: '3' }), backups({ jobs: looked([job({ freeze: 'AGENT' })], 'jobs') })),
    'met',
  ],
  [
    'quiesced by itself, and its job was not listed',
    both(protect('{ quiesced: true }'), vm({ freeze: 'AGENT', job: '3' }), backups({ jobs: unread('no answer', 'jobs') })),
    'undetermined',
    `${whole} that FS_FREEZE of its backup job 3 is not known: no answer. Look at it: onebackupjob show 3`,
    [...rests, 'jobs'],
  ],
  [
    'quiesced by itself, and its job is not among those listed',
    both(protect('{ quiesced: true }'), vm({ freeze: 'AGENT', job: '9' }), backups({ jobs: looked([job({})], 'jobs') })),
    'undetermined',
    /FS_FREEZE of its backup job 9 is not known: OpenNebula did not list it\. Look at it: onebackupjob show 9$/,
  ],
  [
    'a disk attached since, and its job was not listed',
    both(protect('{ quiesced: true }'), vm({ ...disks({}, {}), job: '3' }), backups({ jobs: unread('no answer', 'jobs') })),
    'not-met',
    `${whole} that image 1 of 2026-11-22 04:59 UTC lacks disk 1 (tiny), attached after that backup. Back it up again: onebackupjob backup 3.`,
  ],
  [
    'a job that was not listed, where nothing is to be quiesced',
    both(vm({ job: '3' }), backups({ jobs: unread('no answer', 'jobs') })),
    'met',
    rests,
  ],
  [
    'nothing but what is not to be backed up',
    vm(disks({ type: 'fs', isVolatile: true, image: '' }, { type: 'swap', isVolatile: true })),
    'not-applicable',
    'vm0 (0) has no disk that is to be backed up.',
  ],
  [
    'one that an older backup lacks, while the chain of the newest is LOCKED',
    both(has(full(300), { ...chain(200, 100, 3), state: 'locked', disks: ['0', '1'] }), vm(disks({}, {}))),
    'undetermined',
    `${whole} a newer backup, of 2026-11-23 01:59 UTC. Image 5 is LOCKED: OpenNebula works on its chain, and what that leaves is not known yet. Run it again when it is READY: oneimage show 5`,
  ],
  [
    'all in an older backup, while the chain of the newest is LOCKED',
    has(full(300), { ...chain(200, 3), state: 'locked' }),
    'undetermined',
    /Image 5 is LOCKED/,
  ],
  ['none but in a chain that is LOCKED', has({ ...chain(200, 3), state: 'locked' }), 'undetermined', /Image 5 is LOCKED/],
  ['all in a backup that is newer than a chain that is LOCKED', has(full(1), { ...chain(200, 3), state: 'locked' }), 'met'],
  [
    'none that is owed, and a chain that is LOCKED',
    both(has(full(300), { ...chain(200, 3), state: 'locked' }), vm(disks({ type: 'swap', isVolatile: true, image: '' }))),
    'not-applicable',
  ],
  ['no restore point', has(), 'blocked', 'Not checked: BDS-701 found no restore point of vm0 (0).'],
  ['none yet', both(has(), vm({ made: now - hour })), 'not-applicable', /younger than its RPO/],
]);

test('each is judged by itself, and the evidence is shared', () => {
  const change = both(
    frontend({ virtualMachines: pool('virtual-machines', virtualMachine({ id: '9', name: 'b' }), virtualMachine({ id: '2', name: 'a' })) }),
    has(full(1, { vms: ['9'] })),
  );
  const judged = judge(restorePointIsRecent, change);
  assert.deepEqual(
    judged.map(({ subject, outcome }) => [subject, outcome]),
    [
      [{ kind: 'vm', name: 'a', id: '2' }, 'not-met'],
      [{ kind: 'vm', name: 'b', id: '9' }, 'met'],
    ],
  );
  assert.equal(judged[0]?.evidence, judged[1]?.evidence);
});

test('restore points are newest first, of each VM', () => {
  const of = restorePoints([chain(30, 20, 10), full(15, { vms: ['0', '7'] }), full(5, { state: 'locked' }), full(1, { isBackup: false })]);
  const hours = (id: string) => of.get(id)?.map(({ time }) => Math.round((now - time) / hour));
  assert.deepEqual([hours('0'), hours('7'), of.get('8')], [[10, 15, 20, 30], [15], undefined]);
  assert.deepEqual(owned({ ...wholeCloud(), backups: { ...wholeCloud().backups, images: unread('no', 'images') } }), []);
});
