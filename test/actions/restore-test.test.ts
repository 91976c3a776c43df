import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { makeBackup } from '../../support/actions/backup.ts';
import { growChain, isWhole } from '../../support/actions/chain.ts';
import { inspectFiles, linksOf, placesOf } from '../../support/actions/files.ts';
import type { Change, RunJournal, Target } from '../../support/actions/journal.ts';
import { probeStorage } from '../../support/actions/probe.ts';
import { asTest, restore } from '../../support/actions/restore.ts';
import { directories, type Scene } from '../../support/actions/scene.ts';
import type { Machines } from '../../support/facts/cloud.ts';
import type { Backup, BackupFiles, Restoration } from '../../support/facts/gate.ts';
import { LocalShell } from '../../support/machines/local.ts';
import type { Command, CommandResult, Shell } from '../../support/machines/shell.ts';
import type { Image } from '../../support/opennebula/images.ts';
import { evidence, image, link, virtualMachine, wholeCloud } from '../made.ts';

const target: Target = { datastore: { id: '100', name: 'rsync Backups' }, vm: '0', own: '/var/lib/one/datastores/100' };
const T = 1_795_410_030;

type Told = Partial<CommandResult> | string;
const result = (command: string, told: Told): CommandResult => ({
  ...evidence({ machine: 'frontend01', command, stdout: typeof told === 'string' ? told : '' }),
  ...(typeof told === 'object' && told),
});
/** OpenNebula as a function from a command's words to what it prints, by turns. */
function cloud(answers: (words: string, turn: number, command: Command) => Told): Machines & { asked: string[] } {
  const asked: string[] = [];
  const run = async (command: Command): Promise<CommandResult> => {
    const words = command.argv.join(' ');
    const told = answers(words, asked.filter((each) => each === words).length, command);
    asked.push(words);
    return result(words, told);
  };
  const { site } = wholeCloud();
  const shell = { machine: 'frontend01', account: 'oneadmin', run } as unknown as Machines['onFrontend'];
  const deadlines = { ...site.deadlines, schedule: 1, backup: 1, restore: 1 };
  return { site: { ...site, deadlines }, onFrontend: shell, onBackupServer: shell, asked };
}
/** A machine that is this one, with a change to each command and its answer. */
function here(change: Partial<Command>, greeting = ''): Machines {
  const local = new LocalShell();
  const run: Shell['run'] = async (command) => {
    const answer = await local.run({ ...command, ...change });
    return { ...answer, stdout: `${greeting}${answer.stdout}` };
  };
  const onBackupServer = { machine: 'backup01', account: 'oneadmin', run } as unknown as Shell;
  return { ...cloud(() => ''), onBackupServer };
}

function journal(answer: (argv: readonly string[]) => Told = () => ''): RunJournal {
  const changes: Change[] = [];
  const record: RunJournal['record'] = async (written, command) => {
    changes.push(...written);
    return result(command?.argv.join(' ') ?? '', answer(command?.argv ?? []));
  };
  return { run: 'r', opening: { opened: 1, ...target }, changes, record } as unknown as RunJournal;
}
const running = new AbortController().signal;
const lost = { exitCode: null, failure: { kind: 'silent', message: 'no answer within 30 s' } } as const;

test('the probe of storage is one line: csh, as a login shell, ends at the first', async () => {
  const at = cloud(() => '');
  await probeStorage(at, journal());
  assert.match(at.asked.join('\n'), /^bash -c .*deleted.*$/);
});

test('a greeting without an end of its line hides no directory, and is none', async () => {
  const own = mkdtempSync(join(tmpdir(), 'storage-'));
  mkdirSync(join(own, '0', '5de970'), { recursive: true });
  const found = await directories(here({}, 'Welcome to backup01'), { ...target, own });
  rmSync(own, { recursive: true });
  assert.deepEqual('value' in found && found.value, ['0', '0/5de970']);
});

describe('the files of a backup', () => {
  const increments = [link('3', 'eff4d3', T), link('4', '3055af', T)];
  test('a full one has one link, a chain as many as it says', () => {
    assert.deepEqual(linksOf(image()), [{ id: '0', source: '5de970' }]);
    assert.deepEqual(linksOf(image({ source: 'gone00', increments })), increments);
  });
  test('the first link of each disk is whole, those on it are not', () => {
    const { disks, vmXml } = placesOf(image({ increments, disks: ['0', '2'] }), target);
    assert.deepEqual(
      disks.map(({ disk, path, whole }) => [disk, path.slice(target.own.length), whole]),
      [
        ['0', '/0/eff4d3/disk.0.3', true],
        ['2', '/0/eff4d3/disk.2.3', true],
        ['0', '/0/3055af/disk.0.4', false],
        ['2', '/0/3055af/disk.2.4', false],
      ],
    );
    assert.equal(vmXml, `${target.own}/0/3055af/vm.xml`);
  });
  test('how large a disk is, is asked of its newest link alone, whose backing file is gone', async () => {
    const own = mkdtempSync(join(tmpdir(), 'links-'));
    const script = `mkdir -p 0/eff4d3 0/3055af; qemu-img create -q -f qcow2 0/eff4d3/disk.0.3 16M; qemu-img create -q -f qcow2 0/3055af/disk.0.4 32M
      qemu-img rebase -q -u -f qcow2 -F raw -b 'nbd+unix:///vda?socket=/gone' 0/3055af/disk.0.4; echo '<VM><ID>0</ID></VM>' | base64 > 0/3055af/vm.xml`;
    execFileSync('sh', ['-ec', script], { cwd: own });
    const files = await inspectFiles(here({}), { ...target, own }, image({ increments }));
    rmSync(own, { recursive: true });
    const [below, newest] = files.disks;
    assert.deepEqual([below?.holds, newest?.holds], [undefined, { value: 32 * 2 ** 20 }]);
  });
  test('a file whose size cannot be asked is not one that is missing, whatever comes after it', async () => {
    const own = mkdtempSync(join(tmpdir(), 'sizes '));
    const stat = `#!/bin/sh\ncase "$*" in *disk*) echo 'stat: Input/output error' >&2; exit 1 ;; esac\nexec /usr/bin/stat "$@"\n`;
    writeFileSync(join(own, 'stat'), stat, { mode: 0o755 });
    mkdirSync(join(own, '0/aaaaaa'), { recursive: true });
    for (const name of ['disk.0.0', 'vm.xml']) writeFileSync(join(own, '0/aaaaaa', name), 'x');
    const [good, bad] = await Promise.all(
      [{}, { env: { PATH: `${own}:${process.env.PATH}` } }].map((change) =>
        inspectFiles(here(change), { ...target, own }, image({ source: 'aaaaaa' })),
      ),
    );
    rmSync(own, { recursive: true });
    assert.deepEqual([good?.fault, good?.disks[0]?.bytes, good?.description.bytes], [undefined, 1, 1]);
    assert.equal(bad?.fault, 'no answer: stat: Input/output error');
  });
});

describe('a backup through the scheduler', { concurrency: true }, () => {
  interface Shown {
    readonly action?: { readonly done?: number; readonly message?: string; readonly datastore?: string; readonly time?: number };
    readonly lcm?: number;
    readonly error?: string;
    readonly backups?: readonly string[];
    readonly increment?: number;
  }
  const shown = ({ action, lcm = 3, error = '', backups = [], increment = -1 }: Shown) =>
    `<VM><ID>0</ID><NAME>backup-probe</NAME><STATE>3</STATE><LCM_STATE>${lcm}</LCM_STATE><TEMPLATE>${
      action
        ? `<SCHED_ACTION><ID>5</ID><ACTION>backup</ACTION><ARGS>${action.datastore ?? '100'},0</ARGS><TIME>${action.time ?? T - 421}</TIME><DONE>${action.done ?? -1}</DONE><MESSAGE>${action.message ?? ''}</MESSAGE></SCHED_ACTION>`
        : ''
    }</TEMPLATE><USER_TEMPLATE><ERROR>${error}</ERROR></USER_TEMPLATE><BACKUPS><BACKUP_CONFIG><LAST_INCREMENT_ID>${increment}</LAST_INCREMENT_ID></BACKUP_CONFIG><BACKUP_IDS>${backups.map((id) => `<ID>${id}</ID>`).join('')}</BACKUP_IDS></BACKUPS></VM>`;
  const begun = { done: T + 4 };
  const xmlImage = (changes: Readonly<Record<string, string>> = {}, ...links: string[]) => {
    const texts = { ID: '10', TYPE: '6', STATE: '1', DATASTORE_ID: '100', REGTIME: String(T + 6), ...changes };
    const elements = Object.entries(texts).map(([name, text]) => `<${name}>${text}</${name}>`);
    const increments = links.map((id) => `<INCREMENT><ID>${id}</ID></INCREMENT>`);
    return `<IMAGE>${elements.join('')}<BACKUP_INCREMENTS>${increments.join('')}</BACKUP_INCREMENTS></IMAGE>`;
  };
  const scene: Scene = {
    ...{ from: T, now: T, utcOffset: 0, localOffset: 0, templates: [], logSize: 7, images: [image({ id: '9' })] },
    vm: virtualMachine({ name: 'backup-probe', error: 'Sun: an old one' }),
  };
  interface Case {
    readonly request?: Told;
    readonly withdrawal?: Partial<CommandResult>;
    readonly vm?: readonly (Shown | Partial<CommandResult>)[];
    readonly images?: string;
    readonly log?: string;
    readonly chain?: Image;
    readonly aborted?: boolean;
    /** So many backups may run at a time; others run since so many minutes, each on a host of its own. */
    readonly busy?: { readonly most: number; readonly since: readonly number[] };
  }
  /** How oned.conf and the list of VMs tell of that. */
  function surveyed({ stdin = '' }: Command, { most, since }: NonNullable<Case['busy']>): string {
    const others = since.map(
      (minutes, at) =>
        `<VM><ID>${at + 11}</ID><NAME>busy${at + 1}</NAME><STATE>3</STATE><LCM_STATE>69</LCM_STATE><HISTORY_RECORDS><HISTORY><HOSTNAME>kvm0${at}</HOSTNAME><STIME>${T - minutes * 60}</STIME></HISTORY></HISTORY_RECORDS></VM>`,
    );
    const answers: Record<string, string> = {
      limits: `MAX_BACKUPS = ${most}`,
      'virtual-machines': `<VM_POOL>${others.join('')}</VM_POOL>`,
    };
    const mark = /\p{Cc}[0-9a-f]{16}\p{Cc}/u.exec(stdin)?.[0] ?? '';
    const told = Object.entries(answers).map(([name, text]) => ['', name, '1', '', text, '0', '2'].join(mark));
    return `${told.join('')}${mark}done${mark}`;
  }
  async function make({ request = '', withdrawal = {}, vm = [], images = '', log: text = '', chain, aborted, busy }: Case) {
    const at = cloud((words, turn, command) => {
      if (busy && command.stdin?.includes('probe virtual-machines')) return surveyed(command, busy);
      if (words.startsWith('onevm show')) {
        const now = vm[Math.min(turn, vm.length - 1)] ?? {};
        return 'exitCode' in now ? now : shown({ error: 'Sun: an old one', ...now });
      }
      if (words.startsWith('oneimage list')) return `<IMAGE_POOL>${images}</IMAGE_POOL>`;
      if (words.startsWith('oneimage show')) return images;
      return words.startsWith('sh -c') ? text : '';
    });
    const stop = new AbortController();
    if (aborted) stop.abort('the run was interrupted');
    const commands: string[] = [];
    const written = journal((argv) => {
      commands.push(argv.join(' '));
      return argv[1] === 'sched-delete' ? withdrawal : argv[0] === 'onevm' ? request : '';
    });
    const before = { images: [], actions: [], directories: [] };
    const asked = { target, scene, reset: false, journal: written, signal: stop.signal, before, ...(chain && { chain }) };
    return { ...(await makeBackup(at, asked)), commands, written: written.changes };
  }
  const chain = image({ id: '10', increments: [link('0', 'a', T)] });
  const clock = (time: number) => new Date(time * 1000).toUTCString().replace(/^(\w+), (\d+) (\w+) (\d+) (\S+) GMT$/, '$1 $3 $2 $5 $4');
  /** What the log tells of ours. */
  const logged = (end: 'created' | 'failed', { begun = T + 4, ended = T + 6 } = {}) =>
    [
      `${clock(begun)} [Z0][VM][I]: New LCM state is BACKUP`,
      `${clock(ended)} [Z0][VMM][I]: ${end === 'created' ? 'VM backup successfully created.' : 'Failed to execute datastore driver operation: backup.'}`,
      `${clock(ended)} [Z0][VM][I]: New LCM state is RUNNING\n`,
    ].join('\n');
  const sshdDown = readFileSync(new URL('../recordings/7.4.0/failures/sshd-down/vm.log', import.meta.url), 'utf8');
  const cut = { action: begun, error: 'Mon: BACKUP: cut' };
  /** The log of a backup that was begun, and of how it ended. */
  const logOf = (end: string) =>
    ['New LCM state is BACKUP', end, '[VM][I]: New LCM state is RUNNING']
      .map((line) => `Mon Nov 23 05:00:34 2026 [Z0]${line}\n`.replace('[Z0]N', '[Z0][VM][I]: N'))
      .join('');
  /** Dispatched, and over, with these backups. */
  const over = (images: string, ...backups: string[]): Case => ({ vm: [{ action: begun, backups }], images });

  type Cases = readonly (readonly [what: string, given: Case, found: RegExp])[];
  /** By the stage that each comes to, and whether the driver got it. */
  const cases: Readonly<Record<string, Cases>> = {
    refused: [['is refused', { request: { exitCode: 255, stderr: '[one.vm.backup] no\n' } }, /^\[one\.vm\.backup\] no$/]],
    unseen: [
      ['is not heard', { request: { exitCode: 255, stderr: 'Failed to open TCP connection to x' } }, /Failed to open TCP/],
      ['is not answered', { request: lost }, /no answer within 30 s/],
      [
        'cannot be written down',
        { request: { exitCode: 1, failure: { kind: 'not-started', message: 'the journal could not be written' } } },
        /journal could not be written/,
      ],
      ['is taken, and never shown', { vm: [{}] }, /shows no such scheduled backup/],
      ['is taken, and another one is shown', { vm: [{ action: { ...begun, datastore: '101' } }] }, /shows no such/],
      ['is taken, and nothing can be seen of it', { vm: [lost] }, /no answer within 30 s/],
      ['waits, and is interrupted', { vm: [{ action: {} }], aborted: true }, /interrupted/],
    ],
    rejected: [
      ['is rejected', { vm: [{ action: {} }, { action: { message: 'no such datastore' } }] }, /^no such datastore$/],
      ['has no room until the deadline', { vm: [{ action: { message: 'Not enough free space on target datastore' } }] }, /^Not enough/],
    ],
    waiting: [
      ['waits', { vm: [{ action: {} }] }, /^$/],
      ['waits for another backup', { vm: [{ action: { message: 'wrong state BACKUP.' }, lcm: 69 }] }, /^wrong state BACKUP/],
    ],
    'unseen, started': [
      ['is dispatched, and nothing can be seen of it', { vm: [{ action: begun }, lost] }, /no answer/],
      ['does not end, and is interrupted', { vm: [{ action: begun, lcm: 69 }], aborted: true }, /interrupted/],
      ['is done, and the images are garbage', over('<x>', '10'), /not the pool/],
    ],
    'running, started': [['does not end', { vm: [{ action: begun, lcm: 69 }] }, /after 1 s the VM is still in BACKUP/]],
    'failed, started': [
      ['fails', { vm: [cut], log: sshdDown }, /port 22: Connection refused$/],
      ['fails, and the log cannot be read', { vm: [cut] }, /^Mon: BACKUP: cut$/],
      ['fails, though there is an image', { vm: [{ ...cut, backups: ['10'] }], images: xmlImage() }, /cut/],
      ['fails, and somebody else’s begins at once', { vm: [{ ...cut, lcm: 69 }], log: logged('failed') }, /cut/],
      ['fails after somebody else’s did', { vm: [cut], log: sshdDown + logged('failed') }, /^Mon: BACKUP: cut$/],
      [
        'fails, and somebody else makes an image',
        { vm: [{ ...cut, backups: ['10'] }], images: xmlImage(), log: logOf('[VMM][E]: BACKUP: no room') },
        /^no room$/,
      ],
      [
        'fails, and somebody else makes an image, and has an error of another kind',
        {
          vm: [
            { action: begun, lcm: 69 },
            { ...cut, lcm: 69 },
            { action: begun, error: 'Mon: [resume] not now', backups: ['10'] },
          ],
          images: xmlImage(),
        },
        /^Mon: BACKUP: cut$/,
      ],
      ['ends without a trace, while something else fails', { vm: [{ action: begun, error: 'Mon: DISKSNAPSHOTCREATE: no' }] }, /^neither/],
      ['ends without a trace', { vm: [{ action: begun }] }, /^neither an image nor an error$/],
      ['is done, in another datastore', over(xmlImage({ DATASTORE_ID: '101' }), '10'), /neither/],
      ['is done, by an image that is no backup', over(xmlImage({ TYPE: '0' }), '10'), /neither/],
      ['is done, by one of before', over(xmlImage({ ID: '9' }), '9'), /neither/],
      ['is done, by one of before we asked', over(xmlImage({ REGTIME: String(T + 3) }), '10'), /neither/],
      ['is done, by one of somebody else’s that ended when ours began', over(xmlImage({ REGTIME: String(T + 4) }), '10'), /neither/],
      ['is done, by one of another VM', over(xmlImage(), '11'), /neither/],
      [
        'is done, by one of somebody else’s after ours',
        { vm: [{ action: begun, backups: ['10'] }], images: xmlImage({ REGTIME: String(T + 7) }), log: logged('created') },
        /neither/,
      ],
      [
        'is done, and deleted at once, when somebody else’s ended when ours began',
        { vm: [{ action: begun, backups: ['10'] }], images: xmlImage({ REGTIME: String(T + 4) }), log: logged('created') },
        /neither/,
      ],
      [
        'is done within a second, and deleted, when somebody else’s had ended in that second',
        {
          vm: [{ action: begun, backups: ['10'] }],
          images: xmlImage({ REGTIME: String(T + 4) }),
          log: logged('created', { begun: T + 2, ended: T + 4 }) + logged('created', { ended: T + 4 }),
        },
        /neither/,
      ],
      ['adds no increment', { vm: [{ action: begun, increment: 1 }], images: xmlImage({}, '0'), chain }, /neither/],
    ],
    'done, started': [
      ['is done', { vm: [{ action: {} }, { action: begun, lcm: 69 }, { action: begun, backups: ['10'] }], images: xmlImage() }, /^$/],
      [
        'waits for another backup first',
        {
          vm: [
            { action: { message: 'wrong state BACKUP.' }, lcm: 69 },
            { action: begun, backups: ['10'] },
          ],
          images: xmlImage(),
        },
        /^$/,
      ],
      [
        'has no room at first',
        {
          vm: [{ action: { message: 'Not enough free space on target datastore' } }, { action: begun, backups: ['10'] }],
          images: xmlImage(),
        },
        /^$/,
      ],
      [
        'is done, while something else fails',
        { vm: [{ action: begun, error: 'Mon: DISKSNAPSHOTCREATE: no', backups: ['10'] }], images: xmlImage() },
        /^$/,
      ],
      [
        'is done, and a backup of somebody else fails',
        { vm: [{ ...cut, backups: ['10'] }], images: xmlImage(), log: logged('created') },
        /^$/,
      ],
      [
        'is done, and somebody else’s begins at once',
        { vm: [{ action: begun, lcm: 69, backups: ['10'] }], images: xmlImage(), log: logged('created') },
        /^$/,
      ],
      [
        'is done within a second',
        {
          vm: [{ action: begun, backups: ['10'] }],
          images: xmlImage({ REGTIME: String(T + 4) }),
          log: logged('created', { ended: T + 4 }),
        },
        /^$/,
      ],
      [
        'is done in two seconds, in the first of which somebody else’s had ended',
        {
          vm: [{ action: begun, backups: ['8', '10'] }],
          images: xmlImage({ REGTIME: String(T + 5) }) + xmlImage({ ID: '8', REGTIME: String(T + 4) }),
          log: logged('created', { begun: T + 2, ended: T + 4 }) + logged('created', { ended: T + 5 }),
        },
        /^$/,
      ],
      ['adds an increment', { vm: [{ action: begun, increment: 1 }], images: xmlImage({}, '0', '1'), chain }, /^$/],
    ],
  };
  for (const [end, some] of Object.entries(cases))
    for (const [what, given, found] of some) {
      test(`that ${what}: ${end}`, async () => {
        const backup = await make(given);
        const [stage, started] = end.split(', ') as [Backup['stage'], string?];
        assert.deepEqual([backup.stage, backup.started], [stage, started !== undefined], backup.found);
        assert.deepEqual([backup.image?.id, typeof backup.seconds], stage === 'done' ? ['10', 'number'] : [undefined, 'undefined']);
        assert.match(backup.found, found);
        assert.ok(backup.evidence.length > 0);
        const isTried = stage === 'waiting' || stage === 'rejected' || /waits, and/.test(what);
        assert.equal(backup.commands.includes('onevm sched-delete 0 5'), isTried, 'what OpenNebula would try for ever is taken back');
        const withdrawn = ['withdraw', 'withdrawn'];
        assert.deepEqual(
          backup.written.map(({ change }) => change),
          ['begin', 'schedule', ...(isTried ? withdrawn : [])],
        );
      });
    }

  test('is asked for earlier than now, which tells it from what others ask for, and shown as a person would ask', async () => {
    const { commands, evidence } = await make({ vm: [{ action: { ...begun, time: T + 1 } }] });
    assert.deepEqual(commands, [
      `onevm backup --schedule ${new Date((T - 421) * 1000).toISOString().slice(0, 19).replace('T', ' ')} -d 100 0`,
    ]);
    assert.ok(evidence.length > 0);
  });

  test('that is taken back may be begun at that moment: the time of that is written down', async () => {
    const { written } = await make({ vm: [{ action: { message: 'no such datastore' } }] });
    const [withdraw, withdrawn] = written.slice(-2);
    assert.deepEqual([withdraw?.change, withdrawn?.change], ['withdraw', 'withdrawn']);
    assert.ok(withdraw?.change === 'withdraw' && withdraw.from >= T && withdraw.from <= T + 1);
    assert.ok(withdrawn?.change === 'withdrawn' && withdrawn.until >= T + 5);
  });

  test('that waits for others says whether these have lasted too long: that does not pass by itself', async () => {
    const waits = async (most: number, ...since: readonly number[]) => {
      const { waitsFor, behindHung } = await make({ vm: [{ action: {} }], busy: { most, since } });
      return [waitsFor, behindHung];
    };
    assert.deepEqual(await waits(2, 10, 500), ['a backup of busy2 (12) runs since 500 minutes (deadlines.job: 360)', '12']);
    assert.deepEqual(await waits(2, 10, 350), ['as many backups run as may: MAX_BACKUPS is 2', undefined]);
    assert.deepEqual(
      await waits(1, 10, 500),
      ['as many backups run as may: MAX_BACKUPS is 1', undefined],
      'it would wait without that one',
    );
    assert.deepEqual(await waits(3, 10, 500), [undefined, undefined]);
  });

  test('that cannot be taken back: it is told why', async () => {
    const vm = [{ action: { message: 'no such datastore' } }];
    assert.equal((await make({ vm })).kept, undefined);
    const refused = await make({ vm, withdrawal: { exitCode: 255, stderr: 'Not authorized\n' } });
    assert.deepEqual(refused.kept, { id: '5', why: 'Not authorized' });
    assert.deepEqual((await make({ vm, withdrawal: lost })).kept, { id: '5', why: 'no answer within 30 s' });
  });
});

describe('a chain, and a restore', { concurrency: true }, () => {
  test('a chain is whole where all came about, and the limit brought the flattening', () => {
    const flattened = { value: image(), evidence: [], inTime: true };
    const wholes: readonly (readonly [boolean, Partial<Parameters<typeof isWhole>[0]>])[] = [
      [true, { image: image() }],
      [true, { image: image(), flattened }],
      [false, {}],
      [false, { image: image(), fault: 'x' }],
      [false, { image: image(), flattened: { ...flattened, inTime: false } }],
      [false, { image: image(), flattened: { ...flattened, value: image({ error: 'x' }) } }],
      [false, { image: image(), flattened: { fault: 'x', evidence: [], inTime: false } }],
    ];
    for (const [whole, chain] of wholes) assert.equal(isWhole({ increments: [], ...chain }), whole, JSON.stringify(chain));
  });

  test('a chain that cannot be looked at says why', async () => {
    const at = cloud(() => ({ exitCode: null, failure: { kind: 'lost', message: 'Connection reset' } }));
    const grown = await growChain(at, { target, journal: journal(), signal: running }, image(), 2);
    assert.deepEqual([grown.fault, grown.increments, grown.image], ['Connection reset', [], undefined]);
  });

  const description = { path: '/x', content: { value: { vm: '0' } } };
  const files: BackupFiles = { disks: [], description, evidence: [] };
  /** The survey of the room there is, as bash answers it. */
  const roomy = ({ stdin = '' }: Command) => {
    const mark = /\p{Cc}[0-9a-f]{16}\p{Cc}/u.exec(stdin)?.[0] ?? '';
    const field = ['space', '1', '', '1048576 258020 100000 78224 1000 500 /var/tmp', '0', '2'];
    return mark + field.join(mark) + mark + ['done', ''].join(mark);
  };
  const restored = (request: Told, images = '', free = true) => {
    const at = cloud((words, _turn, command) => {
      if (words === 'bash -s' && free) return roomy(command);
      return words.startsWith('oneimage list') ? `<IMAGE_POOL>${images}</IMAGE_POOL>` : '';
    });
    const written = journal((argv) => (argv[0] === 'oneimage' ? request : ''));
    return restore(at, { backup: image(), files, journal: written, signal: running, as: asTest('r') });
  };
  const named = (state: number, error = '') =>
    `<IMAGE><ID>4</ID><NAME>backup-compliance-r-disk-0</NAME><STATE>${state}</STATE><SOURCE>/var/lib/one/x</SOURCE><TEMPLATE><ERROR>${error}</ERROR></TEMPLATE></IMAGE>`;
  const began = 'VM Template: 2\nImages: 4\n';
  const cases: readonly (readonly [what: string, stage: Restoration['stage'], found: RegExp, request: Told, images?: string])[] = [
    ['that is refused on stdout', 'refused', /^\[one\.image\.restore\] no$/, { exitCode: 255, stdout: '[one.image.restore] no' }],
    ['of an image that OpenNebula does not know', 'refused', /^no word$/, { exitCode: 0, stdout: '' }],
    ['that is not heard', 'unseen', /Failed to open/, { exitCode: 255, stdout: 'Failed to open TCP connection to x' }],
    ['that is not answered', 'unseen', /no answer/, lost],
    ['that is late', 'late', /^after 1 s: image 4 locked$/, began, named(4)],
    ['of which nothing appears', 'late', /no image/, began],
    ['that ends in ERROR', 'error', /^image 4 in state ERROR: jq: no$/, began, named(5, 'jq: no')],
    [
      'that ends in ERROR at length',
      'error',
      /^image 4 in state ERROR: … (script )+jq: no$/,
      began,
      named(5, `${'script '.repeat(100)}\n jq: no`),
    ],
    ['whose images cannot be read', 'unseen', /not the pool/, began, '<x>'],
    ['that is ready', 'ready', /^$/, began, named(1)],
  ];
  for (const [what, stage, found, request, images] of cases) {
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
