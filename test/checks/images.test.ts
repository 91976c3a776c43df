import assert from 'node:assert/strict';
import { test } from 'node:test';
import { everyBackupHasItsFiles, everyImageIsSound } from '../../support/checks/images.ts';
import type { HostFacts } from '../../support/facts/host.ts';
import type { SecondLook } from '../../support/facts/missing.ts';
import type { Stored, StoredFile } from '../../support/facts/stored.ts';
import type { Image, Increment } from '../../support/opennebula/images.ts';
import type { VirtualMachine } from '../../support/opennebula/pools.ts';
import { example, siteText } from '../../support/site/example.ts';
import { parseSite } from '../../support/site/load.ts';
import { datastore, image, kvm01, kvm02, link, login, looked, now, storedKey, unread, virtualMachine, wholeCloud } from '../made.ts';
import { both, type Case, type Change, cases, frontend, judge, pool, questions, server, site } from './cases.ts';

const images =
  (...all: readonly Partial<Image>[]): Change =>
  (cloud) => ({ ...cloud, backups: { ...cloud.backups, images: pool('images', ...all.map((each) => image(each))) } });
const vms = (...all: readonly Partial<VirtualMachine>[]): Change =>
  frontend({ virtualMachines: pool('virtual-machines', ...all.map((each) => virtualMachine(each))) });
const NAME = image().name;
const chain = (...increments: readonly Increment[]) => images({ increments });
const wordsOf = (check: Parameters<typeof judge>[0], change: Change) =>
  judge(check, change).map(({ subject, outcome, measured = '', note = '' }) =>
    [subject?.kind, subject?.name, outcome, measured, note].join('|'),
  );

cases(everyImageIsSound, NAME, [
  ['ready', images({}), 'met', []],
  [
    'in ERROR',
    images({ state: 'error' }),
    'not-met',
    'image 1 (0 23-Nov 05.00.46): expected neither state ERROR nor an error in its template, and increments linked one to the next, found state ERROR. Look at it: oneimage show 1.',
    ['images'],
  ],
  [
    'that could not be deleted',
    images({ state: 'error', error: 'Mon Nov 23 05:19:11 2026 : Error removing image from datastore. Retry the operation' }),
    'not-met',
    /found state ERROR: “Mon Nov 23 .*Retry the operation”\. It could not be deleted\. Try again: oneimage delete 1/,
  ],
  [
    'READY, with an error of a flatten',
    both(images({ error: 'Error flattening backup increments: jq: command not found' }), vms({ keepsIncrements: true })),
    'not-met',
    /found an error, though its state is not ERROR: “Error flattening .*”\. Look at it: oneimage show 1\. Make a new full backup: onevm backup -d 100 --reset 0/,
  ],
  ['LOCKED', images({ state: 'locked' }), 'met', 'Image 1 is LOCKED: a backup, flatten or restore of it is under way, or stuck.'],
  [
    'LOCKED by a flatten for longer than a backup may take',
    both(images({ state: 'locked', newest: now - 21_601 }), vms({ chain: '1', flattens: true })),
    'not-met',
    /found LOCKED by a flatten for 6 h \(deadlines\.job: 6 h\)\. Look whether the backup server answers, and what \/var\/log\/one\/oned\.log says/,
  ],
  [
    'LOCKED by a flatten for as long as a backup may take',
    both(images({ state: 'locked', newest: now - 21_600 }), vms({ chain: '1', flattens: true })),
    'met',
    /LOCKED/,
  ],
  ['LOCKED for long, by no flatten', both(images({ state: 'locked', newest: now - 90_000 }), vms({ chain: '1' })), 'met', /LOCKED/],
  [
    'LOCKED for long, and a flatten of another',
    both(images({ state: 'locked', newest: now - 90_000 }), vms({ chain: '2', flattens: true })),
    'met',
    /LOCKED/,
  ],
  ['READY, its flatten just over', both(images({ newest: now - 90_000 }), vms({ chain: '1', flattens: true })), 'met', []],
  ['being deleted', images({ state: 'delete' }), 'met', /being deleted/],
  ['used', images({ state: 'used' }), 'met', []],
  [
    'disabled',
    images({ state: 'disabled' }),
    'met',
    'Image 1 is in state DISABLED: it does not count as a restore point. Enable it: oneimage enable 1.',
  ],
  ['in INIT', images({ state: 'init' }), 'met', 'Image 1 is in state INIT: it does not count as a restore point.'],
  ['a chain', chain(link('0', 'a', 1), link('1', 'b', 2), link('2', 'c', 3)), 'met', []],
  ['a flattened chain', chain(link('4', 'a', 1, { parent: '-1', isFull: true }), link('5', 'b', 2)), 'met', []],
  ['a chain of one', chain(link('0', 'a', 1)), 'met', []],
  [
    'a chain that lacks a link',
    chain(link('0', 'a', 1), link('2', 'c', 3)),
    'not-met',
    /found increment 2, which rests on 1, after increment 0\./,
  ],
  [
    'one that lacks its first',
    chain(link('1', 'b', 2), link('2', 'c', 3)),
    'not-met',
    /a chain that begins with increment 1, which is no full backup/,
  ],
  ['one that begins with what rests on something', chain(link('1', 'b', 2, { isFull: true })), 'not-met', /begins with increment 1/],
  [
    'one with a second full backup',
    chain(link('0', 'a', 1), link('1', 'b', 2, { isFull: true })),
    'not-met',
    /increment 1 of type FULL in the middle/,
  ],
  [
    'one that is counted with a gap',
    chain(link('0', 'a', 1), link('2', 'c', 3, { parent: '0' })),
    'not-met',
    /increment 2 after increment 0/,
  ],
  ['one without a SOURCE', chain(link('0', 'a', 1), link('1', '', 3)), 'not-met', /increment 1 without a SOURCE/],
  [
    'a broken chain in SNAPSHOT mode',
    both(chain(link('1', 'b', 2)), vms({ keepsIncrements: true, incrementMode: 'SNAPSHOT' })),
    'not-met',
    /Make a new full backup: set INCREMENT_MODE to CBT \(onevm updateconf 0\), then onevm backup -d 100 --reset 0/,
  ],
  [
    'a broken chain of one in a backup job',
    both(chain(link('1', 'b', 2)), vms({ keepsIncrements: true, job: '3' })),
    'not-met',
    /Make a new full backup: take it out of its backup job \(onebackupjob update 3\), onevm backup -d 100 --reset 0, then put it back$/,
  ],
  ['a broken chain of a machine that is gone', both(chain(link('1', 'b', 2)), vms()), 'not-met', /Its VM is gone/],
  [
    'a broken chain of a machine that is DONE, beside others',
    both(chain(link('1', 'b', 2)), vms({ id: '7' }, { state: 'DONE' })),
    'not-met',
    /Its VM is gone/,
  ],
  [
    'a broken chain of a machine that is not the first',
    both(chain(link('1', 'b', 2)), vms({ id: '7', job: '9' }, { keepsIncrements: true })),
    'not-met',
    /Make a new full backup: onevm backup -d 100 --reset 0$/,
  ],
  [
    'LOCKED by a flatten that hangs, of one machine among others',
    both(images({ state: 'locked', newest: now - 21_601 }), vms({ chain: '1', flattens: true }, { id: '7' })),
    'not-met',
    /LOCKED by a flatten for 6 h/,
  ],
  [
    'LOCKED by a flatten that hangs, with a broken chain',
    both(images({ state: 'locked', newest: now - 21_601, increments: [link('1', 'b', 2)] }), vms({ chain: '1', flattens: true })),
    'not-met',
    /no full backup; LOCKED by a flatten for 6 h.*Look at it: oneimage show 1\. Make a new full backup/,
  ],
]);

test('BDS-706 tells of all together how many there are, and of those whose machines are gone', () => {
  const three = images(
    {},
    { id: '2', name: 'old', vms: ['7'], sizeMb: 100, registered: now - 86_400 * 40 },
    { id: '3', name: 'older', vms: ['8'], sizeMb: Number.NaN, registered: now - 86_400 * 50 },
  );
  const gone = 'Of VMs that are gone: 2 images, 100 MiB, the oldest of 2026-10-04.';
  const all = [`image|${NAME}|met|a full backup|`, 'image|old|met|a full backup|', 'image|older|met|a full backup|'];
  assert.deepEqual(wordsOf(everyImageIsSound, three), [`datastore|rsync Backups|met|3 backup images, 142 MiB|${gone}`, ...all]);
  assert.deepEqual(wordsOf(everyImageIsSound, images({}))[0], 'datastore|rsync Backups|met|1 backup image, 42 MiB|');
  const unlisted = both(images({}), frontend({ virtualMachines: unread('nothing', 'virtual-machines') }));
  assert.match(wordsOf(everyImageIsSound, unlisted)[0] ?? '', /could not be checked\.$/);
  assert.match(wordsOf(everyImageIsSound, images({ vms: ['7', '0'] }))[0] ?? '', /42 MiB\|$/);
  assert.match(wordsOf(everyImageIsSound, both(images({}), vms({ state: 'DONE' })))[0] ?? '', /gone: 1 image, 42 MiB/);
});

test('both look at the declared datastore alone, and ask nothing of none', () => {
  const elsewhere = images({ datastoreId: '101', state: 'error' });
  for (const check of [everyImageIsSound, everyBackupHasItsFiles])
    for (const change of [elsewhere, images()])
      assert.deepEqual(
        judge(check, both(change, stored([]))).map(({ outcome, reason }) => [outcome, reason]),
        [['not-applicable', 'Datastore 100 holds no backup image.']],
      );
});

test('both are blocked where there is no backup datastore', () => {
  for (const check of [everyImageIsSound, everyBackupHasItsFiles])
    assert.deepEqual(
      judge(check, both(images({}), frontend({ datastores: looked([], 'datastores') }))).map(({ reason }) => reason),
      ['Not checked: BDS-402 finds no rsync backup datastore “rsync Backups”.'],
    );
});

test('both are undetermined where the images could not be listed, or the files', () => {
  const unlisted: Change = (cloud) => ({ ...cloud, backups: { ...cloud.backups, images: unread('half of it', 'images', 'Look.') } });
  for (const check of [everyImageIsSound, everyBackupHasItsFiles])
    assert.deepEqual(
      judge(check, unlisted).map(({ outcome, fix }) => [outcome, fix]),
      [['undetermined', 'Look.']],
    );
  const late = both(images({}), server({ stored: unread('that the files were not listed within 300 s', 'stored', 'Wait.') }));
  assert.deepEqual(
    judge(everyBackupHasItsFiles, late).map(({ outcome, reason }) => [outcome, reason]),
    [
      [
        'undetermined',
        'backup01.example.net: expected a list of what lies below the directory of datastore 100, found that the files were not listed within 300 s.',
      ],
    ],
  );
});

const file = (path: string, bytes = 43_253_760, changes: Partial<StoredFile> = {}): StoredFile => ({
  path,
  type: 'f',
  bytes,
  blocks: Math.ceil(bytes / 512),
  ...{ changed: now, readable: true, writable: true },
  ...changes,
});
const whole = [file('0/5de970', 4096, { type: 'd' }), file('0/5de970/disk.0.0'), file('0/5de970/vm.xml', 4215)];
const stored = (files: readonly StoredFile[], more: Partial<Stored> = {}): Change =>
  server({ stored: looked({ files, unread: new Map(), odd: 0, ...more }, 'stored') });
const again =
  (look: Partial<SecondLook>): Change =>
  (cloud) => ({
    ...cloud,
    missing: new Map([['1', looked({ is: 'there', image: image(), lacks: { wrong: [], untold: [] }, ...look } as SecondLook, 'again')]]),
  });
const wrong = { wrong: ['0/5de970 is missing or empty'], untold: [] };
const barred = { wrong: ['RSYNC_USER may not read 0/5de970/vm.xml'], untold: [], barred: 1 };
const one = images({});
const lost = both(one, stored([]));

const files: readonly Case[] = [
  ['all there', both(one, stored(whole)), 'met', []],
  [
    'lost, and lost at a second look',
    both(lost, again({ lacks: wrong })),
    'not-met',
    'image 1 (0 23-Nov 05.00.46): expected all its files on the backup server, none of them empty or barred to RSYNC_USER, found that 0/5de970 is missing or empty. Bring the files back from a copy of the backup volume, if there is one: no restore of this backup succeeds without them. Make a new full backup: onevm backup -d 100 0',
    ['images', 'stored', 'again'],
  ],
  [
    'barred to RSYNC_USER',
    both(one, stored([...whole.slice(0, 2), file('0/5de970/vm.xml', 4215, { readable: false })]), again({ lacks: barred })),
    'not-met',
    /found that RSYNC_USER may not read 0\/5de970\/vm\.xml\. As root on backup01\S*: chown -R oneadmin (\S+\/100\/0\/) && chmod -R u\+rwX \1$/,
  ],
  [
    'barred, below the BASE_PATH that OpenNebula has',
    (cloud) => {
      const { server, ...rest } = both(lost, again({ lacks: barred }))(cloud);
      const at = server ?? cloud.server;
      return { ...rest, server: { ...at, storage: { ...at.storage, path: '/mnt/kept' } } };
    },
    'not-met',
    /: chown -R oneadmin \/mnt\/kept\/100\/0\/ && /,
  ],
  [
    'barred in part, and lost in part',
    both(lost, again({ lacks: { ...barred, wrong: [...barred.wrong, ...wrong.wrong] } })),
    'not-met',
    /: chown -R .* chmod -R u\+rwX \S+\/100\/0\/\. Bring the files back/,
  ],
  ['lost, and there at a second look', both(lost, again({})), 'met', []],
  ['lost, and changing', both(lost, again({ is: 'changing', lacks: wrong })), 'undetermined', /its backups changing whenever one looks/],
  [
    'lost, and locked meanwhile',
    both(lost, again({ image: image({ state: 'locked' }), lacks: wrong })),
    'not-applicable',
    'Image 1 is LOCKED: its files may be changing.',
  ],
  [
    'lost, and not to be told at a second look',
    both(lost, again({ lacks: { wrong: [], untold: ['what 0 is (Permission denied)'] } })),
    'undetermined',
    /cannot be told what 0 is \(Permission denied\)/,
  ],
  [
    'lost, and not looked at again',
    lost,
    'undetermined',
    /0\/5de970 is missing or empty, at a first look; no more than 30 images are checked twice\. Run the audit again/,
  ],
  [
    'lost, with a second look that failed',
    both(lost, (cloud) => ({ ...cloud, missing: new Map([['1', unread('there was no time', 'again')]]) })),
    'undetermined',
    /a second failed: there was no time/,
  ],
  ['lost, and LOCKED', both(images({ state: 'locked' }), stored([])), 'not-applicable', /LOCKED/],
  ['lost, and being deleted', both(images({ state: 'delete' }), stored([])), 'not-applicable', /being deleted/],
  ['LOCKED, with all its files', both(images({ state: 'locked' }), stored(whole)), 'met', []],
  [
    'that could not be looked into',
    both(one, stored([], { unread: new Map([['0', 'Permission denied']]) })),
    'undetermined',
    /cannot be told what 0 is \(Permission denied\)\. Look on the backup server/,
  ],
  [
    'of a chain without one of its backups, where another could not be looked into',
    both(
      chain(link('0', '5de970', 1), link('1', 'b', 2)),
      stored([], { unread: new Map([['0/b', 'Permission denied']]) }),
      again({ lacks: { wrong: ['0/5de970 is missing or empty'], untold: ['what 0/b is (Permission denied)'] } }),
    ),
    'not-met',
    /0\/5de970 is missing or empty/,
  ],
  [
    'of a chain without one of its backups',
    both(
      chain(link('0', '5de970', 1), link('1', 'b', 2)),
      stored(whole),
      again({ lacks: { wrong: ['0/b is missing or empty'], untold: [] } }),
    ),
    'not-met',
    /0\/b is missing or empty/,
  ],
];
// The datastore as a whole has a note where something could not be checked.
cases(everyBackupHasItsFiles, NAME, files);

const sent =
  (changes: Partial<HostFacts>): Change =>
  (cloud) => ({ ...cloud, hosts: cloud.hosts.map((facts, at) => (at === 0 ? { ...facts, ...changes } : facts)) });
const elsewhere = { ...storedKey, fingerprint: 'SHA256:another' };

for (const [what, changes, says] of [
  [
    'sends backups to another server',
    { login: login(kvm01, { hostKey: elsewhere }) },
    /^BDS-105 comes first\. The backups of kvm01\S* may go to another/,
  ],
  [
    'sends backups to a clone of the server',
    { identity: looked('another boot', 'identity') },
    /^BDS-105 comes first\. The backups of kvm01\S* may go to another server: look for the files there\.$/,
  ],
  [
    'sends backups to another server by the name that OpenNebula has saved',
    { savedLogin: login(kvm01, { to: 'backup', hostKey: elsewhere }) },
    /^BDS-403 comes first\. The backups of kvm01/,
  ],
  [
    'sends backups to a clone of the server by the name that OpenNebula has saved',
    { savedLogin: login(kvm01, { to: 'backup' }), savedIdentity: looked('another boot', 'identity') },
    /^BDS-403 comes first\. The backups of kvm01/,
  ],
  [
    'is shown a key of another type, and the same one where it asks for that',
    { login: login(kvm01, { hostKey: { ...elsewhere, type: 'rsa' } }), comparedLogin: login(kvm01) },
    /^Bring the files back/,
  ],
  ['is shown no host key', { login: login(kvm01, { hostKey: undefined }) }, /^Bring the files back/],
  [
    'does not get in',
    { login: login(kvm01, { hostKey: elsewhere, failure: { kind: 'refused', message: 'no' } }) },
    /^Bring the files back/,
  ],
  [
    'goes astray by the declared name alone',
    {
      login: login(kvm01, { hostKey: elsewhere }),
      savedLogin: login(kvm01, { to: 'backup' }),
      savedIdentity: looked('boot\n1:2', 'identity'),
      identity: looked('another boot', 'identity'),
    },
    /^Bring the files back/,
  ],
] as const)
  test(`BDS-707 of files that are lost, where a host ${what}`, () => {
    const [, judged] = judge(everyBackupHasItsFiles, both(both(lost, again({ lacks: wrong })), sent(changes)));
    assert.equal(judged?.outcome, 'not-met');
    assert.match(judged?.fix ?? '', says);
  });

test('BDS-707 of files that are lost names, of the machines whose backups go elsewhere, the one that sends those of the VM', () => {
  const shownElsewhere = { login: login(kvm01, { hostKey: elsewhere }) };
  const allAstray: Change = (cloud) => ({ ...cloud, hosts: cloud.hosts.map((facts) => ({ ...facts, ...shownElsewhere })) });
  const fixOf = (...changes: readonly Change[]) =>
    judge(everyBackupHasItsFiles, both(lost, again({ lacks: wrong }), ...changes))[1]?.fix ?? '';
  const on = (name: string) => vms({ host: name });
  assert.match(fixOf(allAstray, on(kvm01)), /The backups of kvm01\S* may go to another server/);
  assert.match(fixOf(allAstray, on(kvm02)), /The backups of kvm02\S* may go to another server/);
  assert.match(fixOf(sent(shownElsewhere), on(kvm02)), /^Bring the files back/);
  assert.match(fixOf(sent(shownElsewhere), vms({ id: '7', host: kvm01 }, { host: kvm02 })), /^Bring the files back/);
  // Where it was nobody knows.
  assert.match(fixOf(allAstray, vms()), /The backups of kvm01\S* kvm02\S* may go/);
  const template = { ...(datastore().template as object), BRIDGE_LIST: ['bridge01 bridge02'] };
  const bridges: Change = (cloud) => ({
    ...cloud,
    bridges: ['bridge01', 'bridge02'].map((name, at) => ({
      ...(cloud.hosts[at] ?? assert.fail()),
      ...{ subject: { kind: 'machine', name }, back: login(name), backAt: name, ...shownElsewhere },
    })),
  });
  const bridged = both(frontend({ datastores: looked([datastore({ template })], 'datastores') }), bridges);
  assert.match(fixOf(bridged, on(kvm02)), /The backups of bridge01 may go to another server/);
});

test('BDS-707 is undetermined where OpenNebula has its backups on a server where nobody looked', () => {
  const template = { ...(datastore().template as object), RSYNC_HOST: ['b2'] };
  const savedLogin = login('frontend01', { to: 'b2', hostKey: elsewhere });
  const change = both(
    one,
    stored(whole),
    frontend({ datastores: looked([datastore({ template })], 'datastores') }),
    server({ savedLogin }),
  );
  assert.deepEqual(
    judge(everyBackupHasItsFiles, change).map(({ outcome, reason, fix }) => [outcome, reason, fix]),
    [
      [
        'undetermined',
        'backup01.example.net: expected the server that OpenNebula has the backups on, found RSYNC_HOST “b2” saved, where nobody has looked.',
        'Correct the one that is wrong: onedatastore update 100, or the site file.',
      ],
    ],
  );
});

test('BDS-707 notes images that lack files while OpenNebula is at work on them', () => {
  const noteOf = (change: Change) => judge(everyBackupHasItsFiles, change)[0]?.note;
  const sentence = (of: string) => `Files are missing, or could not be checked, of ${of}.`;
  const one = sentence(`1 image LOCKED or being deleted: image 1 (${NAME})`);
  assert.equal(noteOf(both(images({ state: 'locked' }), stored([]))), one);
  assert.equal(noteOf(both(lost, again({ image: image({ state: 'locked' }), lacks: wrong }))), one);
  assert.equal(
    noteOf(
      both(
        images({ state: 'locked' }, { id: '2', name: 'b', source: 'b', state: 'delete' }, { id: '3', name: 'c' }),
        stored([...whole, file('x')]),
      ),
    ),
    `${sentence('1 image LOCKED or being deleted: image 2 (b)')} 1 file of no backup that OpenNebula knows (one under way, one that failed, or another's): 41 MiB, the oldest of 2026-11-23.`,
  );
  assert.equal(noteOf(both(images({ state: 'locked' }), stored(whole))), undefined);
});

test('BDS-707 notes files of full backups that were changed after the backup had ended', () => {
  const ended = image().registered;
  const disk = (late: number) => [
    whole[0] ?? assert.fail(),
    file('0/5de970/disk.0.0', undefined, { changed: ended + late }),
    ...whole.slice(2),
  ];
  const noteOf = (...changes: readonly Change[]) => judge(everyBackupHasItsFiles, both(...changes))[0]?.note;
  assert.equal(noteOf(one, stored(disk(600))), undefined);
  assert.equal(
    noteOf(one, stored(disk(601))),
    'Changed more than 10 min after its full backup had ended: 1 file: 0/5de970/disk.0.0 (2026-11-23 05:10 UTC).',
  );
  const whenChained = images({ increments: [link('0', '5de970', ended)] });
  assert.equal(noteOf(whenChained, stored(disk(9999))), undefined);
  assert.equal(noteOf(images({ registered: 0 }), stored(disk(9999))), undefined);
  assert.equal(noteOf(images({ state: 'locked' }), stored(disk(9999))), undefined);
});

test('BDS-707 says nothing of an image that OpenNebula has deleted meanwhile', () => {
  assert.deepEqual(wordsOf(everyBackupHasItsFiles, both(lost, again({ is: 'gone' }))), [
    'datastore|rsync Backups|met|1 backup image, 0 files|',
  ]);
});

test('BDS-707 counts what belongs to no image, and never says that it may be deleted', () => {
  const strays = [
    file('0/abcdef/disk.0.0', 3 * 2 ** 20, { changed: now - 86_400 }),
    file('notes.txt', 2 ** 20),
    file('0/5de970/sub', 5, { type: 'd' }),
    file('9/old', 1, { type: 'l' }),
  ];
  const [first] = judge(
    everyBackupHasItsFiles,
    both(one, stored([...whole, ...strays], { odd: 1, unread: new Map([['lost+found', 'Permission denied']]) })),
  );
  assert.equal(
    first?.note,
    "2 files of no backup that OpenNebula knows (one under way, one that failed, or another's): 4 MiB, the oldest of 2026-11-22. Could not be checked: lost+found (Permission denied). 1 name of other than printable characters, not looked into.",
  );
  assert.equal(first?.measured, '1 backup image, 4 files');
  assert.deepEqual(first && questions(first), ['images', 'stored']);
  assert.match(judge(everyBackupHasItsFiles, both(images(), stored(strays)))[0]?.note ?? '', /^2 files/);
  for (const judgement of judge(everyBackupHasItsFiles, both(lost, stored(strays), again({ lacks: wrong }))))
    assert.doesNotMatch([judgement.reason, judgement.fix, judgement.note].join(' '), /delete|remove|rm /i);
});

test('of forty thousand images they judge in linear time', () => {
  const many = Array.from({ length: 40_000 }, (_, at) => ({
    id: String(at),
    name: `image ${at}`,
    source: `f${at}`,
    vms: [String(at % 5000)],
  }));
  const all = many.flatMap(({ source, vms: [vm] }) => [file(`${vm}/${source}/disk.0.0`), file(`${vm}/${source}/vm.xml`, 4215)]);
  const cloud = both(images(...many), stored(all))(wholeCloud());
  const began = performance.now();
  assert.equal(judge(everyBackupHasItsFiles, () => cloud).length, 40_001);
  assert.equal(judge(everyImageIsSound, () => cloud).length, 40_001);
  assert.ok(performance.now() - began < 10_000);
});

test('of a broken backup nobody is told to make another one while the datastore copies nothing', () => {
  const saved = (value: string): Change => {
    const whole = datastore();
    return frontend({ datastores: pool('datastores', { ...whole, template: { ...(whole.template as object), RSYNC_ARGS: [value] } }) });
  };
  const broken = both(images({ error: 'Error flattening backup increments' }), vms({ keepsIncrements: true }));
  // What this requirement does not ask for is not there to be judged by.
  const alone: Change = (cloud) =>
    ({
      ...{ site: cloud.site, frontend: cloud.frontend, backups: cloud.backups, gate: {} },
      get server(): never {
        throw new Error('nobody has asked the backup server');
      },
      get hosts(): never {
        throw new Error('nobody has asked the hosts');
      },
    }) as unknown as ReturnType<Change>;
  const fixOf = (value: string) => {
    const cloud = alone(both(broken, saved(value))(wholeCloud()));
    return [everyImageIsSound.judge(cloud)].flat().find(({ subject }) => subject?.name === NAME)?.fix ?? '';
  };
  for (const value of ['', ' ', '-aS --list-only']) assert.match(fixOf(value), /Correct the datastore first \(BDS-404\)/, value);
  assert.match(fixOf('-a'), /Make a new full backup: onevm backup -d 100 --reset 0$/);
});

test('where restore points in any datastore count, images in all of them are judged', () => {
  const any = site({ protect: parseSite(`${siteText(example)}protect: { datastores: any }\n`, 'site.yaml').protect });
  const elsewhere = images({}, { id: '2', name: 'other', datastoreId: '101', state: 'error' });
  const outcomes = (change: Change) => judge(everyImageIsSound, change).map(({ subject, outcome }) => `${subject?.name} ${outcome}`);
  assert.deepEqual(outcomes(elsewhere), ['rsync Backups met', `${NAME} met`]);
  const classes = `protect: { classes: [{ name: a*, datastores: any }] }\n`;
  const some = site({ protect: parseSite(`${siteText(example)}${classes}`, 'site.yaml').protect });
  assert.deepEqual(outcomes(both(some, elsewhere)), ['rsync Backups met', `${NAME} met`, 'other not-met']);
  assert.deepEqual(outcomes(both(any, elsewhere)), ['rsync Backups met', `${NAME} met`, 'other not-met']);
});
