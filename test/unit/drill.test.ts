import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { makeBackup, oursAmong } from '../../support/actions/backup.ts';
import { growChain, isWhole } from '../../support/actions/chain.ts';
import { diskFiles, inspectFiles, linksOf, sizesOf } from '../../support/actions/files.ts';
import type { Change, Journal, RunJournal } from '../../support/actions/journal.ts';
import { causeOf, directoriesIn, endOf } from '../../support/actions/log.ts';
import { probeStorage } from '../../support/actions/probe.ts';
import { beforeOf, directoriesOf, remainsOf } from '../../support/actions/remains.ts';
import { restore } from '../../support/actions/restore.ts';
import type { Scene, Subject } from '../../support/actions/scene.ts';
import { requireTestVm } from '../../support/actions/test-vm.ts';
import type { Cloud } from '../../support/facts/cloud.ts';
import type { FrontendFacts } from '../../support/facts/frontend.ts';
import { LocalShell } from '../../support/machines/local.ts';
import type { Command, CommandResult, Failure, Shell } from '../../support/machines/shell.ts';
import type { Looked } from '../../support/opennebula/ask.ts';
import { look, unheard, waitUntil } from '../../support/opennebula/ask.ts';
import type { Image, ScheduledBackup } from '../../support/opennebula/pools.ts';
import { UsageError } from '../../support/outcome/outcome.ts';
import type { Site } from '../../support/site/schema.ts';
import fc from './fuzz.ts';
import { datastore, evidence, image, scheduledBackup, survey, virtualMachine, wholeCloud } from './made.ts';

const failures = new URL('../recordings/7.4.0/failures/', import.meta.url);
const log = (name: string) => readFileSync(new URL(`${name}/vm.log`, failures), 'utf8');
const names = readdirSync(failures);

describe('the cause of a failed backup, off the logs that were recorded', () => {
  const denied = 'backup: oneadmin@backup01.example.net: Permission denied (publickey).';
  const refused = 'backup: ssh: connect to host backup01.example.net port 22: Connection refused';
  const causes: Readonly<Record<string, readonly [cause: string | undefined, directory?: string, vm?: string]>> = {
    'agent-empty': [denied, '1c9c45'],
    'agent-stopped': [denied, 'da22db'],
    'agent-stopped-incr-vm1': [denied, '188dd4', '1'],
    'authkeys-missing-on-backup': [denied, '46f946'],
    'dir-not-writable': ["backup: mkdir: cannot create directory '/var/lib/one/datastores/100/0/3aba71/': Permission denied", '3aba71'],
    'disk-full': [
      'backup: rsync: [receiver] write failed on "/var/lib/one/datastores/100/0/61de4e/disk.0.0": No space left on device (28)',
      '61de4e',
    ],
    'dsparent-not-writable': ["backup: mkdir: cannot create directory '/var/lib/one/datastores/100': Permission denied", '187e47'],
    'host-no-sshconfig-unknown-key': ['backup: Host key verification failed.', '058dca'],
    'host-own-key-agent-stopped': [undefined],
    'host-sshd-down': ['prebackup_live: ssh: connect to host kvm01.example.net port 22: Connection refused'],
    'jq-missing-on-backup-flatten': [undefined],
    'noisy-bashrc-on-backup': ['backup: protocol version mismatch -- is your shell clean?', 'f61d01'],
    'qemuimg-missing-on-host': ['prebackup_live: ended without a word in: /var/tmp/one/tm/lib/backup_qcow2.rb'],
    'rsync-missing-on-backup': ['backup: bash: line 1: rsync: command not found', '5bc628'],
    'rsync-missing-on-host': ['backup: bash: line 8: rsync: command not found', '0f614f'],
    'sshd-down': [refused, 'bd4b42'],
    'sshd-down-scheduled': [refused, '95bddb'],
  };

  test('each recording has its row', () => assert.deepEqual(names, Object.keys(causes).toSorted()));

  for (const [name, [cause, directory, vm = '0']] of Object.entries(causes)) {
    test(name, () => {
      assert.equal(causeOf(log(name)), cause);
      assert.deepEqual(directoriesIn(log(name), vm), directory === undefined ? [] : [directory]);
      assert.deepEqual(directoriesIn(log(name), '9'), []);
    });
  }

  const said = (stderr: string) => `Mon Nov 23 05:30:09 2026 [Z0][VMM][E]: backup:   [STDERR] "${stderr}"\n`;
  for (const [what, stderr, cause] of [
    [
      'a key that was taken',
      "Warning: Permanently added 'backup01.example.net' (ED25519) to the list of known hosts.\\nPermission denied (publickey).\\n",
      'backup: Permission denied (publickey).',
    ],
    ['a locale that is missing', 'bash: warning: setlocale: LC_ALL: cannot change locale (C.UTF-8)\\nmkdir: no\\n', 'backup: mkdir: no'],
    ['quotes', 'rsync: "a" "b" failed\\n', 'backup: rsync: "a" "b" failed'],
    [
      'nothing but rsync’s parting words',
      'rsync error: unexplained error (code 255)\\n',
      'backup: rsync error: unexplained error (code 255)',
    ],
    ['a command over many lines', "+ echo 'AAAA\\nBBBB\\n'\\n+ /driver -x\\n", 'backup: ended without a word in: /driver'],
    ['nothing', '', undefined],
  ] as const)
    test(`beside ${what}`, () => assert.equal(causeOf(said(stderr)), cause));

  test('without stderr, the driver’s own message, cut', () => {
    assert.equal(causeOf('Mon Nov 23 05:30:11 2026 [Z0][VMM][E]: BACKUP: Backup cancelled: f59e74\n'), 'Backup cancelled: f59e74');
    assert.equal(causeOf(`x [E]: BACKUP: ${'long '.repeat(100)}\n`)?.length, 200);
    assert.deepEqual(directoriesIn('Backup cancelled: f59e74\n', '0'), ['f59e74']);
  });

  test('the first failure counts, of a log of several', () => {
    assert.equal(causeOf(log('disk-full') + log('sshd-down')), causes['disk-full']?.[0]);
    assert.deepEqual(directoriesIn(log('disk-full') + log('sshd-down'), '0'), ['61de4e', 'bd4b42']);
  });

  test('whatever the log, no crash; and nothing is taken for a cause where nothing failed', () => {
    const line = fc.oneof(
      fc.string(),
      fc.string({ unit: 'binary' }),
      fc.constantFrom(...log('disk-full').split('\n'), ...log('sshd-down').split('\n'), "+ '", "\\n'", '[E]: x:   [STDERR] "'),
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 30 }), fc.integer({ min: -1, max: 2e9 }), (lines, begun) => {
        const text = lines.join('\n');
        const cause = causeOf(text);
        if (!text.includes('[E]: ')) assert.equal(cause, undefined);
        for (const directory of directoriesIn(text, '0')) assert.match(directory, /^[0-9a-f]{6}$/);
        const end = endOf(text, { begun, utcOffset: 0 });
        if (!text.includes('VM backup successfully created.')) assert.notEqual(end, 'created');
        if (!/New LCM state is BACKUP/.test(text)) assert.equal(end, undefined);
      }),
      { numRuns: 1000 },
    );
  });

  test('a log of a megabyte is read at once', () => {
    for (const text of [
      said("+ echo 'A\\n".repeat(100_000)),
      said("+ ''''".repeat(150_000)),
      log('disk-full').repeat(300),
      said('x'.repeat(1_000_000)),
    ]) {
      const began = process.cpuUsage();
      causeOf(text);
      directoriesIn(text, '0');
      endOf(text, { begun: 0, utcOffset: 0 });
      assert.ok(process.cpuUsage(began).user < 5e6, text.slice(0, 60));
    }
  });
});

describe('how a backup ended, by the log', () => {
  const at = (clock: string) => Date.parse(`2026-11-23T${clock}Z`) / 1000;
  const backup = (begins: string, ...rest: string[]) =>
    [`${begins} [Z0][VM][I]: New LCM state is BACKUP`, ...rest].map((line) => `Mon Nov 23 ${line.replace(' ', ' 2026 ')}`).join('\n');
  const created = (from: string, to: string) =>
    backup(from, `${to} [Z0][VMM][I]: VM backup successfully created.`, `${to} [Z0][VM][I]: New LCM state is RUNNING\n`);
  const failed = (from: string, to: string) =>
    backup(
      from,
      `${to} [Z0][VMM][I]: Failed to execute datastore driver operation: backup.`,
      `${to} [Z0][VM][I]: New LCM state is RUNNING\n`,
    );
  const end = (text: string, begun: string, utcOffset = 0) => endOf(text, { begun: at(begun) - utcOffset, utcOffset });

  test('created, failed, and not over', () => {
    assert.equal(end(created('05:00:44', '05:00:47'), '05:00:44'), 'created');
    assert.equal(end(failed('05:00:44', '05:00:47'), '05:00:44'), 'failed');
    assert.equal(end(backup('05:00:44'), '05:00:44'), undefined);
    assert.equal(end('', '05:00:44'), undefined);
    for (const name of names) {
      const met = ['host-own-key-agent-stopped', 'jq-missing-on-backup-flatten'].includes(name);
      assert.equal(endOf(log(name), { begun: 0, utcOffset: 0 }), met ? 'created' : 'failed', name);
    }
  });

  test('of several, the one that began then', () => {
    const text = failed('05:00:10', '05:00:12') + created('05:00:44', '05:00:47') + failed('05:10:00', '05:10:02');
    assert.equal(end(text, '05:00:10'), 'failed');
    assert.equal(end(text, '05:00:44'), 'created');
    assert.equal(end(text, '05:00:45'), 'created', 'whole seconds lie one apart');
    assert.equal(end(text, '05:00:50'), 'failed');
    assert.equal(end(text, '05:10:10'), undefined);
  });

  for (const offset of [5.75 * 3600, -8 * 3600])
    test(`in local time, ${offset} s ahead of UTC`, () =>
      assert.equal(end(failed('05:00:10', '05:00:12') + created('05:00:44', '05:00:47'), '05:00:44', offset), 'created'));

  test('a virtual machine that is powered off', () => {
    const text = created('05:00:44', '05:00:47')
      .replace('BACKUP\n', 'BACKUP_POWEROFF\n')
      .replace('New LCM state is RUNNING', 'New state is POWEROFF');
    assert.equal(end(text, '05:00:44'), 'created');
  });

  test('never begun: it has no end', () =>
    assert.equal(endOf(created('05:00:44', '05:00:47'), { begun: Number.POSITIVE_INFINITY, utcOffset: 0 }), undefined));
});

const subject: Subject = { datastore: { id: '100', name: 'rsync Backups' }, vm: '0', own: '/var/lib/one/datastores/100' };
const T = 1_795_410_030;

describe('what there is of a run', () => {
  const before = { images: ['0', '9'], actions: ['1'], directories: ['0', '0/aaaaaa'] };
  const begin: Change = { change: 'begin', before };
  const schedule = (at = T): Change => ({ change: 'schedule', at, logSize: 0 });
  const journal = (...changes: Change[]): Journal => ({ run: 'r', opening: { opened: 1, ...subject }, changes });
  const ours = (changes: Partial<ScheduledBackup> = {}) =>
    scheduledBackup({ id: '5', time: T + 3, done: T + 14, dispatched: true, ...changes });
  const made = (changes: Partial<Image> = {}) => image({ id: '10', registered: T + 17, ...changes });
  const scene = (changes: { actions?: ScheduledBackup[]; images?: Image[]; inBackup?: boolean; templates?: Scene['templates'] } = {}) => {
    const { actions = [ours()], images = [image({ id: '9' }), made()], inBackup = false, templates = [] } = changes;
    return { vm: virtualMachine({ backupActions: actions, inBackup }), images, templates, utcOffset: 0 };
  };
  const clock = (time: number) => new Date(time * 1000).toUTCString().replace(/^(\w+), (\d+) (\w+) (\d+) (\S+) GMT$/, '$1 $3 $2 $5 $4');
  const logged = (begun: number, how: 'created' | 'failed') =>
    [
      `${clock(begun)} [Z0][VM][I]: New LCM state is BACKUP`,
      `${clock(begun + 2)} [Z0][VMM][I]: ${how === 'created' ? 'VM backup successfully created.' : 'Failed to execute datastore driver operation: backup.'}`,
      `${clock(begun + 3)} [Z0][VM][I]: New LCM state is RUNNING\n`,
    ].join('\n');
  const created = logged(T + 14, 'created');
  const all = (given: ReturnType<typeof scene>, log = created, of = journal(begin, schedule())) => {
    const { actions, inBackup, templates, images, doubtful } = remainsOf(of, given, log);
    const idsOf = (each: readonly { id: string }[]) => each.map(({ id }) => id).join(' ');
    return { actions: idsOf(actions), inBackup, templates: idsOf(templates), images: idsOf(images), doubtful: idsOf(doubtful) };
  };
  const none = { actions: '', inBackup: false, templates: '', images: '', doubtful: '' };
  const usual = { ...none, actions: '5', images: '10' };

  test('its scheduled backup, and the image it made', () => {
    assert.deepEqual(all(scene()), usual);
  });

  test('nothing of a run that came to no backup, whatever there is', () => {
    for (const of of [
      journal(),
      journal(schedule()),
      journal({ change: 'probe', path: '/x' }),
      { ...journal(begin, schedule()), opening: undefined },
    ])
      assert.deepEqual(all(scene({ inBackup: true, templates: [{ id: '2', name: 'backup-compliance-r' }] }), '', of), none);
  });

  const foreign: readonly (readonly [what: string, changes: Partial<Image>])[] = [
    ['that was there before', { id: '0' }],
    ['of another virtual machine', { vms: ['1'] }],
    ['of a virtual machine whose id begins so', { vms: ['00', '01', '10'] }],
    ['in another datastore', { datastoreId: '101' }],
    ['of another kind', { isBackup: false }],
    ['made before ours began', { registered: T + 13 }],
  ];
  for (const [what, changes] of foreign)
    test(`an image ${what} is not ours`, () => assert.deepEqual(all(scene({ images: [made(changes)] })), { ...usual, images: '' }));

  test('what others restored is not ours, nor under a name that begins like ours', () => {
    const images = ['backup-compliance-r2-disk-0', 'backup-compliance-r', '0-5de970-disk-0', 'my backup-compliance-r-disk-0'].map(
      (name, at) => made({ id: `2${at}`, name, isBackup: false }),
    );
    const templates = ['backup-compliance-r2', 'backup-compliance-', '0-5de970'].map((name, id) => ({ id: String(id), name }));
    assert.deepEqual(all(scene({ images, templates })), { ...usual, images: '' });
  });

  test('what was restored: the template, and each disk', () => {
    const images = [0, 2].map((disk) =>
      made({ id: `2${disk}`, name: `backup-compliance-r-disk-${disk}`, isBackup: false, datastoreId: '1' }),
    );
    const templates = [{ id: '7', name: 'backup-compliance-r' }];
    assert.deepEqual(all(scene({ images: [made(), ...images], templates })), { ...usual, images: '20 22 10', templates: '7' });
  });

  const actions: readonly (readonly [what: string, changes: Partial<ScheduledBackup>])[] = [
    ['was there before', { id: '1' }],
    ['is to another datastore', { datastoreId: '101' }],
    ['is due long before', { time: T - 6 }],
    ['is due long after', { time: T + 21 }],
  ];
  for (const [what, changes] of actions)
    test(`a scheduled backup that ${what} is not ours, nor is what it made`, () =>
      assert.deepEqual(all(scene({ actions: [ours(changes)] })), none));

  test('one request makes one action: the first of its time; two requests, two', () => {
    const two = scene({ actions: [ours(), ours({ id: '6', time: T + 4, done: T + 30 })] });
    assert.equal(all(two).actions, '5');
    assert.equal(all(two, '', journal(begin, schedule(), schedule(T + 1))).actions, '5 6');
    assert.equal(all(two, '', journal(begin, schedule(), schedule(T + 1000))).actions, '5');
  });

  test('in BACKUP is ours to wait for where ours was taken up, and else somebody else’s', () => {
    assert.equal(all(scene({ inBackup: true })).inBackup, true);
    assert.equal(all(scene({ inBackup: true, actions: [ours({ dispatched: false, done: -1 })] })).inBackup, false);
    assert.equal(all(scene({ inBackup: true, actions: [] })).inBackup, false);
  });

  describe('somebody else backed it up meanwhile', () => {
    const later = made({ id: '11', registered: T + 40 });
    test('and the log says that ours was created: the first is ours', () => {
      assert.deepEqual(all(scene({ images: [later, made()] }), logged(T + 14, 'created') + logged(T + 37, 'created')), usual);
      assert.deepEqual(all(scene({ images: [later, made()] }), logged(T + 5, 'failed') + logged(T + 14, 'created')), usual);
    });
    test('and ours failed: the image is theirs', () => {
      assert.deepEqual(all(scene({ images: [later] }), logged(T + 14, 'failed') + logged(T + 37, 'created')), { ...usual, images: '' });
    });
    test('and the log does not tell: it is in doubt', () => {
      for (const log of ['', 'garbage', logged(T + 5, 'created')]) {
        assert.deepEqual(all(scene({ images: [made(), later] }), log), { ...usual, images: '', doubtful: '10 11' });
        // Ours may have failed, and the only one there is be somebody else's.
        assert.deepEqual(all(scene({ images: [made()] }), log), { ...usual, images: '', doubtful: '10' });
        assert.deepEqual(all(scene({ images: [] }), log), { ...usual, images: '' });
      }
    });
    test('and added to our chain: it is theirs, too, and in doubt', () => {
      const chain = (...ids: string[]) => scene({ images: [made({ increments: ids.map((id) => ({ id, source: `aaaaa${id}` })) })] });
      assert.deepEqual(all(chain('0'), logged(T + 14, 'created')), usual);
      assert.deepEqual(all(chain('0', '1'), logged(T + 14, 'created')), { ...usual, images: '', doubtful: '10' });
      // Flattened, the first links are gone; how many there were, the last one tells.
      assert.deepEqual(all(chain('1'), logged(T + 14, 'created')), { ...usual, images: '', doubtful: '10' });
    });
    test('and we had begun to restore ours: it is known', () => {
      const of = journal(begin, schedule(), { change: 'restore', name: 'backup-compliance-r', image: '11' });
      assert.deepEqual(all(scene({ images: [made(), later] }), logged(T + 14, 'failed'), of), { ...usual, images: '11' });
      assert.deepEqual(all(scene({ images: [made({ id: '11', isBackup: false })] }), '', of), { ...usual, images: '' });
      assert.deepEqual(all(scene({ images: [] }), '', of), { ...usual, images: '' });
    });
  });

  test('of two made in one second the lower id is the first', () => {
    const images = [made({ id: '11' }), made({ id: '10' })];
    assert.equal(all(scene({ images }), logged(T + 14, 'created')).images, '10');
    assert.equal(all(scene({ images: [made({ id: '100' }), made({ id: '99' })] }), logged(T + 14, 'created')).images, '99');
  });

  test('how it was before is that of the first backup', () => {
    const other: Change = { change: 'begin', before: { images: [], actions: [], directories: [] } };
    assert.equal(beforeOf([schedule(), begin, other]), before);
    assert.equal(beforeOf([schedule()]), undefined);
  });

  test('whatever there is, an image of before, of others or elsewhere is never ours', () => {
    const anImage = fc.record({
      id: fc.constantFrom('0', '9', '10', '11', '12'),
      isBackup: fc.boolean(),
      datastoreId: fc.constantFrom('100', '101'),
      vms: fc.constantFrom(['0'], ['1'], []),
      registered: fc.integer({ min: T, max: T + 60 }),
      name: fc.constantFrom('0 23-Nov 05.00.46', 'backup-compliance-r-disk-0', 'backup-compliance-x-disk-0'),
    });
    const text = fc.constantFrom(
      '',
      logged(T + 14, 'created'),
      logged(T + 14, 'failed'),
      logged(T + 5, 'created') + logged(T + 14, 'failed'),
      'garbage',
    );
    fc.assert(
      fc.property(fc.uniqueArray(anImage, { selector: ({ id }) => id }), text, fc.boolean(), (images, log, dispatched) => {
        const given = scene({ images: images.map((each) => image(each)), actions: [ours({ dispatched, done: dispatched ? T + 14 : -1 })] });
        const { images: found, doubtful } = remainsOf(journal(begin, schedule()), given, log);
        for (const each of [...found, ...doubtful]) {
          if (each.name === 'backup-compliance-r-disk-0') continue;
          assert.ok(
            !before.images.includes(each.id) && each.isBackup && each.datastoreId === '100' && each.vms.includes('0') && dispatched,
          );
          assert.ok(each.registered >= T + 14);
        }
        assert.ok(found.length === 0 || doubtful.length === 0 || found.every(({ name }) => name.startsWith('backup-compliance-r-')));
      }),
    );
  });
});

describe('directories on the backup server', () => {
  const existed = { images: [], actions: [], directories: ['0', '0/aaaaaa'] };
  const sorted = (found: string[], images: Image[] = [], named: string[] = [], was = existed) => directoriesOf(was, found, images, named);

  test('those of before, and those of images, stay', () => {
    const chain = image({
      source: 'gone00',
      increments: [
        { id: '0', source: 'b57e01' },
        { id: '1', source: 'eff4d3' },
      ],
    });
    assert.deepEqual(sorted(['0', '0/aaaaaa', '0/5de970', '0/b57e01', '0/eff4d3'], [image(), chain], ['5de970', 'b57e01', 'aaaaaa']), {
      empty: [],
      debris: [],
    });
  });

  test('what a failed backup of ours left goes with all in it; what nobody named goes when it is empty', () => {
    assert.deepEqual(sorted(['0', '0/bbbbbb', '0/cccccc'], [image()], ['bbbbbb']), { empty: ['0/cccccc'], debris: ['0/bbbbbb'] });
  });

  test('the virtual machine’s own goes last, when it was not there before, and only when it is empty', () => {
    const was = { ...existed, directories: [] };
    assert.deepEqual(sorted(['0', '0/bbbbbb', '0/cccccc'], [], ['0', 'bbbbbb'], was), { empty: ['0/cccccc', '0'], debris: ['0/bbbbbb'] });
  });
});

test('a scheduled backup is ours by its datastore, its time, and being new', () => {
  const vm = virtualMachine({
    backupActions: [T - 6, T - 5, T, T + 35, T + 36].map((time, id) => scheduledBackup({ id: String(id), time })),
  });
  const ids = (known: string[] = []) => oursAmong(vm, subject, { before: new Set(known), from: T, until: T + 30 }).map(({ id }) => id);
  assert.deepEqual([ids(), ids(['1', '3'])], [['1', '2', '3'], ['2']]);
});

describe('the files of a backup', () => {
  const increments = [
    { id: '3', source: 'eff4d3' },
    { id: '4', source: '3055af' },
  ];
  test('a full one has one link, a chain as many as it says', () => {
    assert.deepEqual(linksOf(image()), [{ id: '0', source: '5de970' }]);
    assert.deepEqual(linksOf(image({ source: 'gone00', increments })), increments);
  });
  test('the first link of each disk is whole, those on it are not', () => {
    assert.deepEqual(
      diskFiles(image({ increments, disks: ['0', '2'] }), subject).map(({ disk, path, whole }) => [
        disk,
        path.slice(subject.own.length),
        whole,
      ]),
      [
        ['0', '/0/eff4d3/disk.0.3', true],
        ['2', '/0/eff4d3/disk.2.3', true],
        ['0', '/0/3055af/disk.0.4', false],
        ['2', '/0/3055af/disk.2.4', false],
      ],
    );
  });
  test('a file whose size cannot be asked is not one that is missing, whatever comes after it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sizes '));
    const stat = `#!/bin/sh\ncase "$*" in *disk*) echo 'stat: Input/output error' >&2; exit 1 ;; esac\nexec /usr/bin/stat "$@"\n`;
    writeFileSync(join(folder, 'stat'), stat, { mode: 0o755 });
    mkdirSync(join(folder, '0/aaaaaa'), { recursive: true });
    for (const name of ['disk.0.0', 'vm.xml']) writeFileSync(join(folder, '0/aaaaaa', name), 'x');
    const local = new LocalShell();
    const PATH = `${folder}:${process.env.PATH}`;
    const onBackupServer: Shell = {
      ...{ machine: 'backup01', account: 'oneadmin', close() {} },
      run: (command) => local.run({ ...command, env: { PATH } }),
    };
    const at = Object.assign(
      cloud(() => ''),
      { onBackupServer },
    );
    const { survey: asked } = await inspectFiles(at, { ...subject, own: folder }, image({ source: 'aaaaaa' }));
    rmSync(folder, { recursive: true });
    const answer = asked.answers.get('sizes');
    assert.deepEqual([answer?.exitCode, answer?.stderr], [1, 'stat: Input/output error\n']);
  });

  test('sizes, of paths with blanks too', () => {
    const files = { survey: survey('backup01', { sizes: '42 /srv/my backups/disk.0.0\n0 /x\n' }), disks: [], vmXml: '' };
    assert.deepEqual(
      [...sizesOf(files)],
      [
        ['/srv/my backups/disk.0.0', 42],
        ['/x', 0],
      ],
    );
    assert.equal(sizesOf({ ...files, survey: survey('backup01') }).size, 0);
  });
});

describe('waiting', { concurrency: true }, () => {
  const looked = (...values: (number | string)[]) => {
    const seen: number[] = [];
    const once = async (): Promise<Looked<number>> => {
      const value = values[Math.min(seen.push(Date.now()) - 1, values.length - 1)] ?? '';
      return { evidence: evidence(), ...(typeof value === 'number' ? { value } : { fault: value }) };
    };
    return { seen, once };
  };
  const enough = (value: number) => value >= 3;

  test('enough at once: one look, even with no time at all', async () => {
    for (const deadline of [60, 0]) {
      const { seen, once } = looked(3);
      const answer = await waitUntil(once, enough, { deadline });
      assert.deepEqual([answer.inTime, 'value' in answer && answer.value, seen.length], [true, 3, 1]);
    }
  });

  test('looks again, less and less often', async () => {
    const { seen, once } = looked(1, 2, 2, 3);
    assert.equal((await waitUntil(once, enough, { deadline: 60 })).inTime, true);
    const pauses = seen.slice(1).map((time, at) => time - (seen[at] ?? 0));
    assert.equal(pauses.length, 3);
    for (const [at, least] of [290, 440, 665].entries())
      assert.ok((pauses[at] ?? 0) >= least && (pauses[at] ?? 0) < least + 600, pauses.join(' '));
  });

  test('at the deadline it gives the last look, made then', async () => {
    const { seen, once } = looked(1, 2);
    const began = Date.now();
    const answer = await waitUntil(once, enough, { deadline: 1 });
    assert.deepEqual([answer.inTime, 'value' in answer && answer.value], [false, 2]);
    assert.ok((seen.at(-1) ?? 0) - began >= 990 && Date.now() - began < 2000);
  });

  test('a look that fails is no end, and none that is enough; the last one is told', async () => {
    assert.equal((await waitUntil(looked('down', 3).once, enough, { deadline: 5 })).inTime, true);
    const answer = await waitUntil(looked(1, 'down').once, () => true, { deadline: 0 });
    assert.equal(answer.inTime, true);
    const down = await waitUntil(looked('down').once, () => true, { deadline: 0.5 });
    assert.deepEqual([down.inTime, 'fault' in down && down.fault], [false, 'down']);
  });

  test('an interruption ends it within a look', async () => {
    const stop = new AbortController();
    const { seen, once } = looked(1);
    const waiting = waitUntil(once, enough, { deadline: 60, signal: stop.signal });
    setTimeout(() => stop.abort('the run was interrupted'), 100);
    const began = Date.now();
    assert.equal((await waiting).inTime, false);
    assert.ok(Date.now() - began < 1000 && seen.length <= 2);
    assert.equal((await waitUntil(once, enough, { deadline: 60, signal: stop.signal })).inTime, false);
  });
});

describe('an answer that is none', () => {
  const answer = (changes: Partial<CommandResult>): CommandResult => ({
    ...evidence({ command: 'onevm backup 0', stdout: '' }),
    ...changes,
  });
  for (const [what, changes, says] of [
    [
      'no answer',
      { exitCode: null, failure: { kind: 'silent', message: 'no answer within 30 s' } },
      /^onevm backup 0: no answer within 30 s$/,
    ],
    ['not there', { exitCode: 127 }, /command not found/],
    ['too late', { exitCode: 124 }, /did not answer in time/],
    [
      'oned is down',
      { exitCode: 255, stderr: 'Failed to open TCP connection to localhost:2633 (Connection refused)' },
      /systemctl start opennebula/,
    ],
    ['not known', { exitCode: 255, stderr: "[one.vm.backup] User couldn't be authenticated, aborting call." }, /one_auth/],
    ['oned ended meanwhile', { exitCode: 255, stderr: 'end of file reached' }, /^onevm backup 0 ended with exit 255: end of file reached$/],
    ['cut', { exitCode: 255, stderr: 'Connection reset by peer @ io_fillbuf - fd:5' }, /reset by peer/],
    [
      'late for the client',
      { exitCode: 255, stdout: 'Net::ReadTimeout with #<TCPSocket:(closed)>' },
      /^onevm backup 0 ended .*ReadTimeout/,
    ],
    ['from a proxy', { exitCode: 255, stderr: 'HTTP-Error: 502 Bad Gateway' }, /502 Bad Gateway/],
    [
      'to the question of a name',
      {
        exitCode: 255,
        stderr: 'OpenNebula DATASTORE name not found, use the ID instead\noption datastore: Parsing error',
      },
      /Parsing error OpenNebula could not be asked for names: systemctl status opennebula, and one_auth\.$/,
    ],
    ['told on stdout, with exit 0', { stdout: 'Failed to open TCP connection to localhost:2633' }, /^onevm backup 0: Failed to open TCP/],
  ] as readonly (readonly [string, Partial<CommandResult>, RegExp])[])
    test(what, () => assert.match(unheard(answer(changes)) ?? '', says));

  for (const [what, changes] of [
    ['taken', { exitCode: 0 }],
    ['refused', { exitCode: 255, stderr: '[one.vm.backup] Not enough free space on target datastore' }],
    [
      'refused since the backup server is down',
      { exitCode: 255, stdout: '[one.image.restore] ssh: connect to host backup01.example.net port 22: Connection refused' },
    ],
    ['refused since a driver was cut', { exitCode: 255, stderr: '[one.image.restore] rsync: Broken pipe, end of file reached' }],
    ['of a name there is not', { exitCode: 255, stderr: 'DATASTORE named nope not found.\noption datastore: Parsing error' }],
    ['ended by a signal', { exitCode: null, signal: 'SIGSEGV' }],
  ] as readonly (readonly [string, Partial<CommandResult>])[])
    test(`a request that was ${what} was heard`, () => assert.equal(unheard(answer(changes)), undefined));

  test('a pool that is larger than what a command’s answer usually may be is read whole', async () => {
    const pool = await look(new LocalShell(), ['sh', '-c', 'head -c 2000000 /dev/zero | tr "\\0" x'], (text) => text.length, 10);
    assert.equal('value' in pool && pool.value, 2_000_000);
  });

  test('a pool that is larger than what is kept is not read, and not quoted', async () => {
    const shell = {
      run: async (command: Command) => answer({ exitCode: null, truncated: true, stdout: 'x'.repeat(command.cap ?? 0) }),
    } as unknown as Shell;
    const found = await look(shell, ['oneimage', 'list', '-x'], String, 30);
    assert.match('fault' in found ? found.fault : '', /^onevm backup 0 answered more than 64 MiB$/);
  });

  test('over a connection that is cut is the last: nobody who looks again gets one', async () => {
    const failing = (kind: Failure['kind']) =>
      ({ run: () => Promise.resolve(answer({ exitCode: null, failure: { kind, message: kind } })) }) as unknown as Shell;
    const waitOn = (shell: Shell) => {
      const lookAtPool = () => look(shell, ['oneimage', 'list', '-x'], String, 30);
      const began = Date.now();
      return waitUntil(lookAtPool, () => true, { deadline: 0.5 }).then(() => Date.now() - began);
    };
    assert.ok((await waitOn(failing('lost'))) < 250);
    assert.ok((await waitOn(failing('silent'))) >= 490);
  });
});

/** OpenNebula as a function from a command's words to what it prints, by turns. */
type Told = Partial<CommandResult> | string;
function cloud(answers: (words: string, turn: number) => Told, deadlines: Partial<Site['deadlines']> = {}): Cloud & { asked: string[] } {
  const asked: string[] = [];
  const run = async ({ argv }: Command): Promise<CommandResult> => {
    const words = argv.join(' ');
    const told = answers(words, asked.filter((each) => each === words).length);
    asked.push(words);
    return {
      ...evidence({ machine: 'frontend01', command: words, stdout: typeof told === 'string' ? told : '' }),
      ...(typeof told === 'object' && told),
    };
  };
  const { site } = wholeCloud();
  const shell = { machine: 'frontend01', account: 'oneadmin', run, close: () => undefined };
  return {
    site: { ...site, deadlines: { ...site.deadlines, schedule: 1, backup: 1, restore: 1, ...deadlines } },
    onFrontend: shell,
    onBackupServer: shell,
    asked,
  } as unknown as Cloud & { asked: string[] };
}

function journal(answer: (argv: readonly string[]) => Told = () => ''): RunJournal & { written: Change[] } {
  const written: Change[] = [];
  const record = async (changes: readonly Change[], command?: Command): Promise<CommandResult> => {
    written.push(...changes);
    const told = answer(command?.argv ?? []);
    return {
      ...evidence({ command: command?.argv.join(' ') ?? '', stdout: typeof told === 'string' ? told : '' }),
      ...(typeof told === 'object' && told),
    };
  };
  return { run: 'r', opening: { opened: 1, ...subject }, changes: written, written, record } as unknown as RunJournal & {
    written: Change[];
  };
}

test('the probe of storage is one line: csh, as a login shell, ends at the first', async () => {
  const at = cloud(() => '');
  await probeStorage(at, journal());
  assert.match(at.asked.join('\n'), /^bash -c .*deleted.*$/);
});

describe('a backup through the scheduler', { concurrency: true }, () => {
  interface Shown {
    readonly action?: { readonly done?: number; readonly message?: string; readonly datastore?: string };
    readonly lcm?: number;
    readonly error?: string;
    readonly backups?: readonly string[];
    readonly increment?: number;
  }
  const shown = ({ action, lcm = 3, error = '', backups = [], increment = -1 }: Shown) =>
    `<VM><ID>0</ID><NAME>backup-probe</NAME><LCM_STATE>${lcm}</LCM_STATE><TEMPLATE>${
      action
        ? `<SCHED_ACTION><ID>5</ID><ACTION>backup</ACTION><ARGS>${action.datastore ?? '100'},0</ARGS><TIME>${T + 1}</TIME><DONE>${action.done ?? -1}</DONE><MESSAGE>${action.message ?? ''}</MESSAGE></SCHED_ACTION>`
        : ''
    }</TEMPLATE><USER_TEMPLATE><ERROR>${error}</ERROR></USER_TEMPLATE><BACKUPS><BACKUP_CONFIG><LAST_INCREMENT_ID>${increment}</LAST_INCREMENT_ID></BACKUP_CONFIG><BACKUP_IDS>${backups.map((id) => `<ID>${id}</ID>`).join('')}</BACKUP_IDS></BACKUPS></VM>`;
  const begun = { done: T + 4 };
  const xmlImage = (changes: Readonly<Record<string, string>> = {}) =>
    `<IMAGE>${Object.entries({ ID: '10', TYPE: '6', STATE: '1', DATASTORE_ID: '100', REGTIME: String(T + 6), ...changes })
      .map(([name, text]) => `<${name}>${text}</${name}>`)
      .join('')}</IMAGE>`;
  const scene: Scene = {
    now: T,
    utcOffset: 0,
    vm: virtualMachine({ name: 'backup-probe', error: 'Sun: an old one' }),
    images: [image({ id: '9' })],
    templates: [],
    logSize: 7,
  };
  interface Case {
    readonly request?: Told;
    readonly withdrawal?: Partial<CommandResult>;
    readonly vm?: readonly (Shown | Partial<CommandResult>)[];
    readonly images?: string;
    readonly log?: string;
    readonly chain?: Image;
    readonly aborted?: boolean;
  }
  async function make({ request = '', withdrawal = {}, vm = [], images = '', log: text = '', chain, aborted }: Case) {
    const at = cloud((words, turn) => {
      if (words.startsWith('onevm show')) {
        const now = vm[Math.min(turn, vm.length - 1)] ?? {};
        return 'exitCode' in now ? now : shown({ error: 'Sun: an old one', ...now });
      }
      if (words.startsWith('oneimage list')) return `<IMAGE_POOL>${images}</IMAGE_POOL>`;
      if (words.startsWith('oneimage show')) return images;
      if (words.startsWith('onevm sched-delete')) return withdrawal;
      return words.startsWith('sh -c') ? text : '';
    });
    const stop = new AbortController();
    if (aborted) stop.abort('the run was interrupted');
    const written = journal(() => request);
    const made = await makeBackup(at, {
      subject,
      scene,
      reset: false,
      journal: written,
      signal: stop.signal,
      before: { images: [], actions: [], directories: [] },
      ...(chain && { chain }),
    });
    return { ...made, asked: at.asked, written: written.written };
  }
  const lost = { exitCode: null, failure: { kind: 'silent' as const, message: 'no answer within 30 s' } };
  const link = (...ids: string[]) =>
    `<BACKUP_INCREMENTS>${ids.map((id) => `<INCREMENT><ID>${id}</ID></INCREMENT>`).join('')}</BACKUP_INCREMENTS>`;
  const chain = image({ id: '10', increments: [{ id: '0', source: 'a' }] });

  const cases: readonly (readonly [what: string, given: Case, stage: string, found: RegExp, started?: boolean])[] = [
    ['is refused', { request: { exitCode: 255, stderr: '[one.vm.backup] no\n' } }, 'refused', /^\[one\.vm\.backup\] no$/],
    ['is not heard', { request: { exitCode: 255, stderr: 'Failed to open TCP connection to x' } }, 'unseen', /Failed to open TCP/],
    ['is not answered', { request: lost }, 'unseen', /no answer within 30 s/],
    [
      'cannot be written down',
      { request: { exitCode: 1, failure: { kind: 'not-started', message: 'the journal could not be written' } } },
      'unseen',
      /journal could not be written/,
    ],
    ['is taken, and never shown', { vm: [{}] }, 'unseen', /shows no such scheduled backup/],
    ['is taken, and another one is shown', { vm: [{ action: { ...begun, datastore: '101' } }] }, 'unseen', /shows no such/],
    ['is taken, and nothing can be seen of it', { vm: [lost] }, 'unseen', /no answer within 30 s/],
    ['is rejected', { vm: [{ action: {} }, { action: { message: 'no such datastore' } }] }, 'rejected', /^no such datastore$/],
    ['waits', { vm: [{ action: {} }] }, 'waiting', /^$/],
    ['waits, and is interrupted', { vm: [{ action: {} }], aborted: true }, 'unseen', /interrupted/],
    ['is dispatched, and nothing can be seen of it', { vm: [{ action: begun }, lost] }, 'unseen', /no answer/, true],
    ['does not end', { vm: [{ action: begun, lcm: 69 }] }, 'running', /after 1 s the virtual machine is still in BACKUP/, true],
    ['does not end, and is interrupted', { vm: [{ action: begun, lcm: 69 }], aborted: true }, 'unseen', /interrupted/, true],
    [
      'fails',
      { vm: [{ action: begun, error: 'Mon: BACKUP: cut' }], log: log('sshd-down') },
      'failed',
      /port 22: Connection refused$/,
      true,
    ],
    ['fails, and the log cannot be read', { vm: [{ action: begun, error: 'Mon: BACKUP: cut' }] }, 'failed', /^Mon: BACKUP: cut$/, true],
    [
      'fails, though there is an image',
      { vm: [{ action: begun, error: 'Mon: BACKUP: cut', backups: ['10'] }], images: xmlImage() },
      'failed',
      /cut/,
      true,
    ],
    ['ends without a trace', { vm: [{ action: begun }] }, 'failed', /^neither an image nor an error$/, true],
    [
      'is done',
      { vm: [{ action: {} }, { action: begun, lcm: 69 }, { action: begun, backups: ['10'] }], images: xmlImage() },
      'done',
      /^$/,
      true,
    ],
    [
      'is done, in another datastore',
      { vm: [{ action: begun, backups: ['10'] }], images: xmlImage({ DATASTORE_ID: '101' }) },
      'failed',
      /neither/,
      true,
    ],
    [
      'is done, by an image that is no backup',
      { vm: [{ action: begun, backups: ['10'] }], images: xmlImage({ TYPE: '0' }) },
      'failed',
      /neither/,
      true,
    ],
    ['is done, by one of before', { vm: [{ action: begun, backups: ['9'] }], images: xmlImage({ ID: '9' }) }, 'failed', /neither/, true],
    [
      'is done, by one of before we asked',
      { vm: [{ action: begun, backups: ['10'] }], images: xmlImage({ REGTIME: String(T + 3) }) },
      'failed',
      /neither/,
      true,
    ],
    [
      'is done, by one of another virtual machine',
      { vm: [{ action: begun, backups: ['11'] }], images: xmlImage() },
      'failed',
      /neither/,
      true,
    ],
    ['is done, and the images are garbage', { vm: [{ action: begun, backups: ['10'] }], images: '<x>' }, 'unseen', /not the pool/, true],
    [
      'adds an increment',
      { vm: [{ action: begun, increment: 1 }], images: xmlImage().replace('</IMAGE>', `${link('0', '1')}</IMAGE>`), chain },
      'done',
      /^$/,
      true,
    ],
    [
      'adds no increment',
      { vm: [{ action: begun, increment: 1 }], images: xmlImage().replace('</IMAGE>', `${link('0')}</IMAGE>`), chain },
      'failed',
      /neither/,
      true,
    ],
  ];
  test('that cannot be taken back: it is told why', async () => {
    const vm = [{ action: { message: 'no such datastore' } }];
    assert.equal((await make({ vm })).kept, undefined);
    const refused = await make({ vm, withdrawal: { exitCode: 255, stderr: 'Not authorized\n' } });
    assert.deepEqual(refused.kept, { id: '5', why: 'Not authorized' });
    assert.deepEqual((await make({ vm, withdrawal: lost })).kept, { id: '5', why: 'no answer within 30 s' });
  });

  for (const [what, given, stage, found, started = false] of cases) {
    test(`that ${what}: ${stage}`, async () => {
      const backup = await make(given);
      assert.deepEqual(
        [backup.stage, backup.started, backup.image?.id],
        [stage, started, stage === 'done' ? '10' : undefined],
        backup.found,
      );
      assert.match(backup.found, found);
      assert.ok(backup.evidence.length > 0);
      for (const each of backup.evidence) assert.ok(!('failure' in each));
      const withdrawn = backup.asked.includes('onevm sched-delete 0 5');
      assert.equal(
        withdrawn,
        stage === 'waiting' || stage === 'rejected' || /waits, and/.test(what),
        'what OpenNebula would try for ever is taken back',
      );
      assert.deepEqual(
        backup.written.map(({ change }) => change),
        ['begin', 'schedule'],
      );
    });
  }
});

describe('a chain, and a restore', { concurrency: true }, () => {
  test('a chain is whole where all came about, and the limit brought the flattening', () => {
    const flattened = { value: image(), evidence: evidence(), inTime: true };
    assert.equal(isWhole({ increments: [], image: image() }), true);
    assert.equal(isWhole({ increments: [], image: image(), flattened }), true);
    assert.equal(isWhole({ increments: [] }), false);
    assert.equal(isWhole({ increments: [], image: image(), fault: 'x' }), false);
    assert.equal(isWhole({ increments: [], image: image(), flattened: { ...flattened, inTime: false } }), false);
    assert.equal(isWhole({ increments: [], image: image(), flattened: { ...flattened, value: image({ error: 'x' }) } }), false);
    assert.equal(isWhole({ increments: [], image: image(), flattened: { fault: 'x', evidence: evidence(), inTime: false } }), false);
  });

  test('a chain that cannot be looked at says why', async () => {
    const at = cloud(() => ({ exitCode: null, failure: { kind: 'lost', message: 'Connection reset' } }));
    const grown = await growChain(at, { subject, journal: journal(), signal: new AbortController().signal }, image(), 2);
    assert.deepEqual([grown.fault, grown.increments, grown.image], ['Connection reset', [], undefined]);
  });

  const files = { survey: survey('backup01', { sizes: '42 /x' }), disks: [], vmXml: '' };
  /** The survey of the room there is, as bash answers it. */
  const roomy = ({ stdin = '' }: Command) => {
    const mark = /\p{Cc}[0-9a-f]{16}\p{Cc}/u.exec(stdin)?.[0] ?? '';
    const field = ['space', '1', '', '1048576 258020 100000 78224 1000 500 /var/tmp', '0', '2'];
    return mark + field.join(mark) + mark + ['done', ''].join(mark);
  };
  const restored = async (request: Told, images = '', free = true) => {
    const at = cloud((words) => (words.startsWith('oneimage list') ? `<IMAGE_POOL>${images}</IMAGE_POOL>` : ''));
    const shell = at.onFrontend;
    const run = shell.run.bind(shell);
    shell.run = async (command) => {
      const answer = await run(command);
      return command.argv.join(' ') === 'bash -s' ? { ...answer, stdout: free ? roomy(command) : '' } : answer;
    };
    return restore(at, {
      backup: image(),
      files,
      journal: journal((argv) => (argv[0] === 'oneimage' ? request : '')),
      signal: new AbortController().signal,
    });
  };
  const named = (state: number, error = '') =>
    `<IMAGE><ID>4</ID><NAME>backup-compliance-r-disk-0</NAME><STATE>${state}</STATE><SOURCE>/var/lib/one/x</SOURCE><TEMPLATE><ERROR>${error}</ERROR></TEMPLATE></IMAGE>`;
  const began = 'VM Template: 2\nImages: 4\n';
  for (const [what, request, images, stage, found] of [
    ['that is refused on stdout', { exitCode: 255, stdout: '[one.image.restore] no' }, '', 'refused', /^\[one\.image\.restore\] no$/],
    ['of an image that OpenNebula does not know', { exitCode: 0, stdout: '' }, '', 'refused', /^no word$/],
    ['that is not heard', { exitCode: 255, stdout: 'Failed to open TCP connection to x' }, '', 'unseen', /Failed to open/],
    ['that is not answered', { exitCode: null, failure: { kind: 'silent', message: 'no answer within 30 s' } }, '', 'unseen', /no answer/],
    ['that is late', began, named(4), 'late', /^after 1 s: image 4 locked$/],
    ['of which nothing appears', began, '', 'late', /no image/],
    ['that ends in ERROR', began, named(5, 'jq: no'), 'error', /^image 4 in state ERROR: jq: no$/],
    ['whose images cannot be read', began, '<x>', 'unseen', /not the pool/],
    ['that is ready', began, named(1), 'ready', /^$/],
  ] as readonly (readonly [string, Told, string, string, RegExp])[]) {
    test(`a restore ${what}: ${stage}`, async () => {
      const restoration = await restored(request, images);
      assert.equal(restoration.stage, stage, restoration.found);
      assert.match(restoration.found, found);
    });
  }
  test('a restore with no word of the room there is: nothing is begun', async () => {
    const { stage, found } = await restored(began, named(1), false);
    assert.deepEqual([stage, found], ['unseen', 'no answer to how much room there is in /var/tmp on frontend01']);
  });
});

describe('the test virtual machine, before a gate begins', () => {
  const declared = { id: 0, name: 'backup-probe', max_size: 256 };
  type Changes = { site?: Partial<Site>; frontend?: Partial<FrontendFacts> };
  const required = async ({ site = {}, frontend = {} }: Changes) => {
    const whole = wholeCloud();
    let closed = 0;
    const facts = {
      ...whole.frontend,
      virtualMachines: { value: [virtualMachine({ name: 'backup-probe' }), virtualMachine({ id: '7', name: 'production' })] },
      datastores: { value: [datastore(), datastore({ id: '1', name: 'default', type: 'img' })] },
      ...frontend,
    };
    const at = { site: { ...whole.site, test_vm: declared, ...site }, frontend: async () => facts, close: () => (closed += 1) };
    const error = await requireTestVm(at as unknown as Cloud).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    assert.equal(closed, error === undefined ? 0 : 1, 'the connection is closed when it is over');
    if (error !== undefined) assert.ok(error instanceof UsageError);
    return error?.message ?? '';
  };

  test('as declared: nothing is said', async () => assert.equal(await required({}), ''));
  for (const [pool, fault] of [
    ['virtualMachines', 'no'],
    ['datastores', 'no'],
  ] as const)
    test(`OpenNebula does not list its ${pool}: the run begins, and says so itself`, async () =>
      assert.equal(await required({ frontend: { [pool]: { fault } } }), ''));

  const without = { site: { test_vm: undefined } } as unknown as Changes;
  const rows: readonly (readonly [what: string, changes: Changes, says: RegExp])[] = [
    ['none is declared', without, /^test_vm: missing\. .*declare its id and name/],
    [
      'another name',
      { site: { test_vm: { ...declared, name: 'probe' } } },
      /^test_vm: expected virtual machine 0 to be “probe”, found in OpenNebula that virtual machine 0 is “backup-probe”\. /,
    ],
    [
      'another id',
      { site: { test_vm: { ...declared, id: 7 } } },
      /virtual machine 7 is “production”, and “backup-probe” is 0\. The gate touches none/,
    ],
    ['no such id', { site: { test_vm: { ...declared, id: 8 } } }, /there is no virtual machine 8, and “backup-probe” is 0\./],
    ['none at all', { frontend: { virtualMachines: { value: [] } } }, /there is no virtual machine 0\. /],
    ['a name in other letters', { site: { test_vm: { ...declared, name: 'Backup-Probe' } } }, /“Backup-Probe”/],
    [
      'disks that are too large',
      { site: { test_vm: { ...declared, max_size: 255 } } },
      /^test_vm\.max_size: the disks of “backup-probe” \(0\) are 256 MiB together, expected at most 255 MiB/,
    ],
    [
      'a restore into a backup datastore',
      { site: { restore: { datastore: 'rsync Backups', tmp_dir: '/var/tmp' } } },
      /^restore\.datastore: expected “rsync Backups” to be an image datastore, found one of type bck/,
    ],
    ['a restore into nowhere', { site: { restore: { datastore: 'nowhere', tmp_dir: '/var/tmp' } } }, /found none of that name/],
  ];
  for (const [what, changes, says] of rows) test(`${what}: exit 3, and why`, async () => assert.match(await required(changes), says));
});
