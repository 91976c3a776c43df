import assert from 'node:assert/strict';
import { test } from 'node:test';
import { roomForEveryBackup } from '../../support/checks/room.ts';
import type { Datastore, VirtualMachine } from '../../support/opennebula/pools.ts';
import type { Quota } from '../../support/opennebula/quota.ts';
import { example, siteText } from '../../support/site/example.ts';
import { parseSite } from '../../support/site/load.ts';
import { datastore, disk, host, kvm01, looked, unread, virtualMachine } from '../made.ts';
import { both, type Case, type Change, cases, frontend, judge, met, pool, site } from './cases.ts';

met(roomForEveryBackup, 'BDS-407 quotas', ['datastores', 'virtual-machines'], {
  measured: 'its disks may grow to 256 MiB, 78224 MiB are free',
});

const saved = (changes: Partial<Datastore>): Change => frontend({ datastores: pool('datastores', datastore(changes)) });
const limited = (limit: string, changes: Partial<Datastore> = {}): Change =>
  saved({ template: { ...(datastore().template as object), LIMIT_MB: [limit] }, ...changes });
const unchecked = (value: string) =>
  saved({ template: { ...(datastore().template as object), DATASTORE_CAPACITY_CHECK: [value] }, freeMb: 40 });
const vms = (...changes: Partial<VirtualMachine>[]): Change =>
  frontend({ virtualMachines: pool('virtual-machines', ...changes.map((each) => virtualMachine(each))) });
const bobs = (changes: Partial<VirtualMachine> = {}) => vms({ owner: '2', group: 'users', ...changes });
const none: Quota = { images: Number.POSITIVE_INFINITY, imagesUsed: 1, sizeMb: Number.POSITIVE_INFINITY, sizeUsedMb: 41 };
const quota =
  (changes: Partial<Quota>): Change =>
  (cloud) => ({ ...cloud, quotas: new Map([['2', looked({ ...none, ...changes }, 'user-2')]]) });
const release = (version: string) => frontend({ hosts: pool('hosts', host('0', kvm01, 'on', { version })) });
/** Nobody has declared what production is. */
const undeclared: Change = ({ site: { protect: _protect, ...rest }, ...cloud }) => ({ ...cloud, site: rest });
const POOLS = ['datastores', 'virtual-machines'];

const table: readonly Case[] = [
  [
    'less free than its disks may grow to',
    saved({ freeMb: 255 }),
    'not-met',
    'vm0 (0): expected room for a backup in datastore 100, found that its disks may grow to 256 MiB, 255 MiB are free. Enlarge the backup volume of backup01.example.net, or keep fewer backups (KEEP_LAST). OpenNebula counts the virtual size of the disks, not what a backup takes.',
    POOLS,
  ],
  ['as much free', saved({ freeMb: 256 }), 'met'],
  [
    'a limit that leaves less',
    limited('25900'),
    'not-met',
    /228 MiB are free of LIMIT_MB 25900, of which 25672 are used\. Raise or remove LIMIT_MB: onedatastore update 100/,
  ],
  ['a limit that leaves as much', limited('25928'), 'met'],
  ['a limit of nothing', limited('0'), 'not-met', / 0 MiB are free of LIMIT_MB 0/],
  ['a limit that is no number, which OpenNebula ignores', limited('20 GB'), 'met'],
  ['a limit that ends like a number', limited('x20'), 'met'],
  ['a limit that begins like one', limited('20GB'), 'met'],
  ['DATASTORE_CAPACITY_CHECK that only begins like NO', unchecked('NOT'), 'not-met'],
  ['one that only ends like it', unchecked('PIANO'), 'not-met'],
  ['one that begins with 0', unchecked('01'), 'not-met'],
  ['one that ends with it', unchecked('10'), 'not-met'],
  ['a release that is not told', both(saved({ freeMb: 40 }), frontend({ hosts: unread('no', 'hosts') })), 'not-met'],
  [
    'a limit, and no number for what is used',
    limited('500', { usedMb: Number.NaN }),
    'undetermined',
    /a LIMIT_MB, and no number for USED_MB/,
  ],
  [
    'no limit, and no number for what is free',
    saved({ freeMb: Number.NaN }),
    'undetermined',
    'vm0 (0): expected room for a backup in datastore 100, found no number for FREE_MB. Look at it: onedatastore show 100',
  ],
  ['a limit, and no number for what is free', limited('500', { freeMb: Number.NaN }), 'undetermined', /found no number for FREE_MB/],
  ['a limit that is larger than what is free', limited('900000', { freeMb: 100 }), 'not-met', / 100 MiB are free\. Enlarge/],
  ['two disks', vms({ disks: [disk({ sizeMb: 78_000 }), disk({ id: '1', sizeMb: 300 })] }), 'not-met', /may grow to 78300 MiB/],
  ['a volatile disk that is not backed up', vms({ disks: [disk(), disk({ id: '1', type: 'fs', sizeMb: 90_000 })] }), 'met'],
  ['one that is', vms({ backsUpVolatile: true, disks: [disk(), disk({ id: '1', type: 'fs', sizeMb: 90_000 })] }), 'not-met', /90256/],
  ['swap, which never is', vms({ backsUpVolatile: true, disks: [disk(), disk({ id: '1', type: 'swap', sizeMb: 90_000 })] }), 'met'],
  ['a CD-ROM, which OpenNebula counts', vms({ disks: [disk(), disk({ id: '1', type: 'CDROM', sizeMb: 90_000 })] }), 'not-met', /90256/],
  ['a disk that was not chosen', vms({ chosenDisks: ['0'], disks: [disk(), disk({ id: '1', sizeMb: 90_000 })] }), 'met'],
  [
    'a disk without a size',
    vms({ disks: [disk({ sizeMb: Number.NaN })] }),
    'undetermined',
    /no SIZE of its disk 0\. Look at it: onevm show 0/,
  ],
  ['an owner without a quota', both(bobs(), quota({})), 'met', [...POOLS, 'user-2']],
  [
    'a quota of images that is used up',
    both(bobs(), quota({ images: 1 })),
    'not-met',
    /user 2, has used up the quota of that datastore: 1 of 1 images\. Raise it: oneuser quota 2/,
    [...POOLS, 'user-2'],
  ],
  ['one that leaves a single image', both(bobs(), quota({ images: 2 })), 'met'],
  ['the same where the backup is an increment', both(bobs({ chain: '7' }), saved({ images: ['7'] }), quota({ images: 1 })), 'met'],
  ['a quota of MiB that is used up', both(bobs(), quota({ sizeMb: 296 })), 'not-met', /41 of 296 MiB, where its disks may grow to 256 MiB/],
  ['one that leaves as much', both(bobs(), quota({ sizeMb: 297 })), 'met'],
  [
    'both used up',
    both(bobs(), quota({ images: 1, sizeMb: 41 })),
    'not-met',
    /: 1 of 1 images; 41 of 41 MiB, where its disks may grow to 256 MiB\. Raise/,
  ],
  ['a quota of nothing', both(bobs(), quota({ images: 0, imagesUsed: 0 })), 'not-met', /0 of 0 images/],
  [
    'a quota that could not be read',
    both(bobs(), (cloud) => ({ ...cloud, quotas: new Map([['2', unread('oneuser show -x 2 did not answer in time', 'user-2')]]) })),
    'met',
    'vm0 (0): the quota of its owner, user 2, was not checked: oneuser show -x 2 did not answer in time.',
    [...POOLS, 'user-2'],
  ],
  ['a quota that was not asked for', bobs(), 'met', /there are too many owners to ask for all/, POOLS],
];
cases(roomForEveryBackup, 'vm0', table);

cases(roomForEveryBackup, undefined, [
  ['no VM', both(vms(), undeclared), 'not-applicable', 'OpenNebula has no VM.'],
  ['none that is alive', both(vms({ state: 'DONE' }), undeclared), 'not-applicable', 'OpenNebula has no VM.'],
  ['none in scope', vms(), 'not-applicable', 'OpenNebula has no VM in scope.'],
  [
    'a release that does not look',
    both(saved({ freeMb: 40 }), release('6.8.3')),
    'not-applicable',
    'OpenNebula 6.8.3 does not look for room before it begins a backup.',
  ],
  [
    'no backup datastore',
    frontend({ datastores: pool('datastores') }),
    'blocked',
    'Not checked: BDS-402 finds no rsync backup datastore “rsync Backups”.',
  ],
  ['a datastore of which it does not look', unchecked('NO'), 'not-applicable', /datastore 100 has DATASTORE_CAPACITY_CHECK=NO/],
]);

test('of a release that does not look, or a datastore, the note names what may not fit', () => {
  for (const change of [both(saved({ freeMb: 40 }), release('6.8.3')), unchecked('no')])
    assert.deepEqual(
      judge(roomForEveryBackup, change).map(({ note }) => note),
      ['There may be too little for vm0.'],
    );
  const two = both(unchecked(' NO '), vms({ disks: [disk({ sizeMb: 1 })] }, { id: '1', name: 'vm1' }), undeclared);
  assert.deepEqual(
    judge(roomForEveryBackup, two).map(({ reason, note }) => [reason, note]),
    [
      [
        'OpenNebula does not look for room before it begins a backup: datastore 100 has DATASTORE_CAPACITY_CHECK=NO.',
        'There may be too little for vm1.',
      ],
    ],
  );
  const roomy = saved({ template: { ...(datastore().template as object), DATASTORE_CAPACITY_CHECK: ['NO'] } });
  assert.equal(judge(roomForEveryBackup, roomy)[0]?.note, undefined);
  assert.equal(judge(roomForEveryBackup, release('6.10.0')).length, 1);
  assert.equal(judge(roomForEveryBackup, unchecked('YES'))[0]?.outcome, 'not-met');
});

test('each VM is judged by itself, and where production is declared only those in scope, and that of the test', () => {
  const three = vms(
    { id: '0', name: 'backup-probe' },
    { id: '1', name: 'files01', disks: [disk({ sizeMb: 90_000 })] },
    { id: '2', name: 'scratch' },
  );
  const outcomes = (...changes: Change[]) =>
    judge(roomForEveryBackup, both(three, ...changes)).map(
      ({ subject, outcome }) => `${subject?.kind} ${subject?.name} ${subject?.id} ${outcome}`,
    );
  for (const change of [undeclared, site({})])
    assert.deepEqual(outcomes(change), ['vm backup-probe 0 met', 'vm files01 1 not-met', 'vm scratch 2 met']);
  const { protect } = parseSite(`${siteText(example)}protect:\n  vms: [{ name: files* }]\n`, 'site.yaml');
  assert.ok(protect);
  assert.deepEqual(outcomes(site({ protect, test_vm: { id: 0, name: 'backup-probe', max_size: 5120 } })), [
    'vm backup-probe 0 met',
    'vm files01 1 not-met',
  ]);
});
