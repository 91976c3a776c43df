import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { BackupServerFacts } from '../../support/facts/backup-server.ts';
import { backupServerPrograms } from '../../support/facts/programs.ts';
import type { Looked } from '../../support/outcome/evidence.ts';
import { type Answer, ask, asked, letIn } from '../answers.ts';
import { backup01, directory, frontend01, mount, path, space } from '../made.ts';

type Given = string | Partial<Answer> | undefined;
const on = async (answers: Readonly<Record<string, Given>>) => (await asked({ [backup01]: answers })).server;
const failed = (code: number, stderr = '', stdout = '') => ({ code: `${code}`, stderr, stdout });
/** Nothing is known of it: the fault, and the questions it rests on. */
const none = (fault: string, fix = `Log in and look: ssh ${backup01}`) => ({ fault, fix });

type Row = readonly [what: string, given: Given, expected: unknown];
/** What is made of the answers to one question: a value, or why there is none. */
function reads<T>(question: string, pick: (facts: BackupServerFacts) => Looked<T>, table: readonly Row[]) {
  describe(`“${question}” on the backup server`, () => {
    for (const [what, given, expected] of table)
      test(what, async () => {
        const { evidence, ...read } = pick(await on({ [question]: given }));
        assert.ok(evidence.length > 0);
        if ('value' in read) assert.deepEqual(read.value, expected);
        else if (expected instanceof RegExp) assert.match(read.fault, expected);
        else assert.deepEqual(read, expected);
      });
  });
}

const unasked = none('no answer (exit 0)', `Log in and look whether bash runs there: ssh ${backup01}`);
const runs = (version: string) => ({ state: 'runs', version });
const broken = (how: string) => ({ state: 'broken', how });
const noVersion = broken('a program that names no version');
const notStarted = (program: string) => `timeout: failed to run command '${program}': No such file or directory`;
const loader = 'rsync: error while loading shared libraries: libpopt.so.0: cannot open shared object file: No such file or directory';
reads('rsync', ({ rsync }) => rsync, [
  ['a version', 'rsync  version 3.1.0  protocol version 31', runs('3.1.0')],
  ['a v before it', 'rsync  version v3.4.1  protocol version 32', runs('3.4.1')],
  ['a release candidate', 'rsync  version 3.1.0pre12  protocol version 31', runs('3.1.0pre12')],
  ['behind two blanks', 'rsync  version  3.2.7', runs('3.2.7')],
  ['numbers of two digits', 'rsync  version 10.12.14', runs('10.12.14')],
  ['it answers at the last moment', { stdout: 'rsync  version 3.2.7', seconds: 30 }, runs('3.2.7')],
  ['it is not there', failed(127, notStarted('rsync')), { state: 'absent' }],
  ['it is not there, and nobody says so', failed(127), { state: 'absent' }],
  ['a library is missing', failed(127, loader), broken(`one that does not run (exit 127): ${loader}`)],
  ['a library does not fit', failed(127, 'symbol lookup error'), broken('one that does not run (exit 127): symbol lookup error')],
  ['not executable', failed(126, 'Permission denied'), broken('one that does not run (exit 126): Permission denied')],
  ['it crashes', failed(139, '\n  dumped core\nand more\n'), broken('one that does not run (exit 139): dumped core')],
  ['it fails and speaks on stdout', failed(1, '', 'no'), broken('one that does not run (exit 1): no')],
  ['it is killed', { ...failed(137), seconds: 0.1 }, broken('one that does not run (exit 137)')],
  ['it names no version', 'hello', noVersion],
  ['another program speaks of it', 'a wrapper of rsync  version 3.2.7', noVersion],
  ['a version that goes on', 'rsync  version 3.2.7beta', noVersion],
  ['it does not answer', { ...failed(124), seconds: 30 }, none('no answer to “rsync --version” within 30 s')],
  ['nor end when told to, exactly at its deadline', { ...failed(137), seconds: 30 }, none('no answer to “rsync --version” within 30 s')],
  ['it was not asked', undefined, unasked],
]);
reads('qemu-img', ({ qemuImg }) => qemuImg, [
  ['as CentOS prints it', 'qemu-img version 9.1.0 (qemu-kvm-9.1.0-15.el9)\nCopyright', runs('9.1.0')],
  ['numbers of two digits', 'qemu-img version 10.12.14', runs('10.12.14')],
  ['another program speaks of it', 'a wrapper of qemu-img version 9.1.0', noVersion],
]);

reads('inherited', ({ inherited }) => inherited, [
  ['no limit', '0022\nunlimited', { umask: 0o022, fileKib: Number.POSITIVE_INFINITY }],
  ['all rights are taken, and a limit', '0777\n100', { umask: 0o777, fileKib: 100 }],
  ['a limit of nothing', '0117\n0', { umask: 0o117, fileKib: 0 }],
  ['half of it', '0022', /^no answer \(umask; ulimit -f: exit 0: 0022\)$/],
  ['no mask', '0999\nunlimited', /^no answer/],
  ['another shell', 'u=rwx,g=rx,o=rx\nunlimited', /^no answer/],
  ['it fails', failed(1, 'bash: no', '0022\nunlimited'), /exit 1: bash: no/],
  ['it was not asked', undefined, unasked],
]);
reads('programs', ({ missing }) => missing, [
  ['none is missing', '', []],
  ['two are', 'jq\ndf', backupServerPrograms.filter(({ name }) => ['df', 'jq'].includes(name))],
  ['a name is none that was asked for', 'jq\nhello', /^no answer \(for program in .*: exit 0: jq\)$/],
  ['the question fails', failed(1, 'bash: out of memory'), /: exit 1: bash: out of memory\)$/],
  ['it does not end in time', { ...failed(124), seconds: 3 }, /: none within 3 s\)$/],
]);

reads('tmp', ({ tmp }) => tmp, [
  ['it is there', 'yes\tdirectory\t/var/tmp', { path: '/var/tmp', there: '/var/tmp', is: 'directory', usable: true }],
  ['its parent is', 'no\tdirectory\t/var', { path: '/var/tmp', there: '/var', is: 'directory', usable: false }],
  ['it does not end in time', { ...failed(124), seconds: 3 }, /: none within 3 s\)$/],
  ['it was not asked', undefined, unasked],
]);

const jq = backupServerPrograms.find(({ name }) => name === 'jq');
reads('broken', ({ broken: found }) => found, [
  ['all run', '', []],
  [
    'one does not',
    'jq 127 jq: error while loading shared libraries: libjq.so.1',
    [{ program: jq, said: 'jq: error while loading shared libraries: libjq.so.1' }],
  ],
  ['one does not, and says nothing', 'jq 139 ', [{ program: jq, said: 'exit 139' }]],
  ['a line is none', 'hello', /^no answer/],
  ['it does not end in time', { ...failed(124), seconds: 3 }, /: none within 3 s\)$/],
]);

reads('identity', ({ identity }) => identity, [
  ['that of a kernel and a root directory', '0a1b2c3d-0000-4000-8000-0123456789ab\n64:2', '0a1b2c3d-0000-4000-8000-0123456789ab\n64:2'],
  ['half of it', '0a1b2c3d-0000-4000-8000-0123456789ab', /^no answer/],
  ['none', failed(1, 'cat: /proc/sys/kernel/random/boot_id: Permission denied'), /Permission denied/],
]);

reads('group', ({ group }) => group, [
  ['a name', 'backup', 'backup'],
  ['none', '', none('no answer (id -gn: exit 0)')],
  ['not in time', { ...failed(124), seconds: 30 }, none('no answer (id -gn: none within 30 s)')],
  ['not asked', undefined, unasked],
]);

const find = `ls -ld ${path}`;
const line = (at: string, usable = 'yes') => `${usable}\td\toneadmin\toneadmin\t755\t${at}`;
reads('directory', ({ storage }) => storage.directory, [
  ['it is there', `no\tl\troot\tusers\t2775\t${path}`, { path, usable: false, type: 'l', owner: 'root', group: 'users', mode: 0o2775 }],
  ['a mode of one digit', `yes\td\toneadmin\toneadmin\t0\t${path}`, directory(path, { mode: 0 })],
  ['it is missing', failed(1, `find: '${path}': No such file or directory\n`), 'absent'],
  ['it lies below a file', failed(1, `find: '${path}': Not a directory\n`), 'absent'],
  ['it cannot be reached', failed(1, `find: '${path}': Permission denied\n`), { denied: `find: '${path}': Permission denied` }],
  ['not in time', { ...failed(124), seconds: 30 }, none(`no answer (${find}: none within 30 s)`)],
  ['not in time, by force', { ...failed(137, '', line(path)), seconds: 32 }, none(`no answer (${find}: none within 32 s)`)],
  ['find is missing', failed(127, notStarted('find')), none(`no answer (${find}: exit 127: ${notStarted('find')})`)],
  ['the shell has no find', failed(127, 'bash: line 12: find: No such file or directory\n'), /exit 127: bash: line 12: find: No such/],
  ['it cannot be read', failed(1, `find: '${path}': Input/output error`), /Input\/output error\)$/],
  ['another place is spoken of', line('/elsewhere'), none(`no answer (${find}: exit 0: yes\td\toneadmin\toneadmin\t755\t/elsewhere)`)],
  ['it is no line of its own', 'hello', none(`no answer (${find}: exit 0: hello)`)],
  ['one more line is none', `${line(path)}\nyes\td\toneadmin`, /no answer/],
  ['nothing is said', '', none(`no answer (${find}: exit 0)`)],
  ['not asked', undefined, unasked],
]);

describe('“own-directories” on the backup server', () => {
  const gone = `find: '${path}/100/3': No such file or directory\n`;
  const unreadable = `find: '${path}/100/4': Input/output error\n`;
  const one = directory(`${path}/100`);
  for (const [what, given, expected] of [
    ['two', `${line(one.path)}\n${line(`${path}/100/0`, 'no')}`, { value: [one, directory(`${path}/100/0`, { usable: false })] }],
    ['none is made yet', failed(1, `find: '${path}/100': No such file or directory`), { value: [] }],
    ['one goes meanwhile', failed(1, gone, line(one.path)), { value: [one] }],
    ['one cannot be read', failed(1, gone + unreadable, line(one.path)), { fault: /Input\/output error|No such file/, seen: [one] }],
    ['not in time', { ...failed(124, '', line(one.path)), seconds: 5 }, { fault: /none within 5 s/, seen: [one] }],
    ['find does not say why', failed(1), { fault: /exit 1\)$/, seen: [] }],
    ['a line is cut short', 'yes\td\toneadmin', { fault: /exit 0: yes/ }],
    ['not asked', undefined, { fault: /^no answer \(exit 0\)$/ }],
  ] as const)
    test(what, async () => {
      const { own } = (await on({ 'own-directories': given })).storage;
      if ('value' in own) assert.deepEqual({ value: own.value }, expected);
      else {
        const { fault, seen } = expected as { fault: RegExp; seen?: unknown };
        assert.match(own.fault, fault);
        assert.deepEqual(own.seen, seen);
      }
    });
  test('of a datastore that is not registered there are none, and none is asked for', async () => {
    const { server } = await asked({ [frontend01]: { datastores: '<DATASTORE_POOL/>' }, [backup01]: { 'own-directories': 'hello' } });
    assert.deepEqual(server.storage.own, { value: [], evidence: [] });
  });
});

const below = [path, `${path}/100`].map((each) => ({ device: '65025', path: each }));
const root = '65024\t/';
const lying = `${root}\n65025\t${path}`;
const statted = { root: '65024', below: below.slice(0, 1) };
reads('devices', ({ storage }) => storage.devices, [
  ['of / and of what lies below', `${lying}\n65025\t${path}/100\n`, { root: '65024', below }],
  ['it is not there', failed(1, `stat: cannot statx '${path}': No such file or directory`, root), { root: '65024', below: [] }],
  ['it cannot be reached', failed(1, `stat: cannot statx '${path}': Permission denied\n`, root), { root: '65024', below: [] }],
  ['its own directory is not made yet', failed(1, `stat: cannot statx '${path}/100': No such file or directory\n`, lying), statted],
  ['it cannot be read', failed(1, `stat: cannot statx '${path}': Input/output error`, root), /Input\/output error\)$/],
  ['more is said than that it may not look', failed(1, 'stat: Permission denied by a rule', lying), /denied by a rule\)$/],
  ['not in time', failed(124, '', lying), /none within/],
  ['not in time, by force', { ...failed(137, '', lying), seconds: 32 }, /none within 32 s/],
  ['nothing of /', `65025\t${path}`, /no answer/],
  ['/ twice', `${root}\n65030\t/\n65025\t${path}`, /no answer/],
  ['a line is none of a device', `${root}\nhello\n65025\t${path}`, /no answer/],
  ['a device has more than a number', `${root}\nx65025\t${path}`, /no answer/],
  ['a line ends as nowhere on Linux', `${lying}\r`, /no answer/],
  ['not asked', undefined, unasked],
]);

const header = 'Mounted on Filesystem Type';
const ofRoot = mount('/', '/dev/sda2');
reads('mount', ({ storage }) => storage.mounts, [
  ['columns set apart', `${header}\n/            /dev/sda2      ext4\n`, [ofRoot]],
  ['blanks in names', `${header}\n/my files    //nas/x  fuse.sshfs\n`, [mount('/my files', '//nas/x', 'fuse.sshfs')]],
  ['/ alone', `${header}\n/ /dev/sda2 ext4`, [ofRoot]],
  ['df is missing', failed(127, notStarted('df')), []],
  ['a line is none of a mount', `${header}\n/ /dev/sda2 ext4\nhello`, /no answer/],
  ['a mount does not begin with its place', `${header}\nat ${path} /dev/sdb1 ext4`, /no answer/],
  ['a type is none', `${header}\n${path} /dev/sdb1 ext4!`, /no answer/],
  ['not asked', undefined, unasked],
]);

const room = (at: string, available = 78_224, inodes = '1000 500') => `1048576 258020 100000 ${available} ${inodes} ${at}`;
const { freeInodesPercent: _, ...withoutInodes } = space('/s');
reads('space', (facts) => facts.space, [
  ['in storage and for increments', `${room('/my backups')}\n${room('/t')}\n`, { storage: space('/my backups'), tmp: space('/t') }],
  [
    'only root’s reserve is free',
    `${room('/s', 0)}\n${room('/t')}`,
    { storage: space('/s', { availableBytes: 0, freePercent: 0 }), tmp: space('/t') },
  ],
  ['no fixed number of inodes', `${room('/s', 78_224, '0 0')}\n${room('/t')}`, { storage: withoutInodes, tmp: space('/t') }],
  ['one place', room('/s'), /no answer/],
  ['three places', [room('/s'), room('/t'), room('/u')].join('\n'), /no answer/],
  ['not in its form', 'lots of room\nlots of room', /exit 0: lots of room\)$/],
  ['more is free than there is', `${room('/s', 300_000)}\n${room('/t')}`, /no answer/],
  ['it fails', failed(1, 'stat: x', `${room('/s')}\n${room('/t')}`), /exit 1: stat: x\)$/],
  ['not asked', undefined, unasked],
]);

describe('the login to the backup server', () => {
  test('prints nothing of its own, or what is not asked for; all that it printed is the evidence', async () => {
    const { server } = await ask({ printed: (machine, text) => (machine === backup01 ? `Welcome\n${text}Bye\n` : text) });
    assert.ok('value' in server.noise);
    assert.equal(server.noise.value, 'Welcome\nBye\n');
    assert.match(server.noise.evidence[0]?.stdout ?? '', /^Welcome/);
  });

  test('comes to no answer: nothing is known, not even whether it prints', async () => {
    const { server } = await ask({ printed: (machine, text) => (machine === backup01 ? 'no bash here' : text) });
    for (const each of [server.noise, server.rsync, server.space, server.storage.devices]) assert.ok('fault' in each);
    assert.equal(server.login.failure, undefined, 'it let us in');
  });

  test('is told by the client, with the host key it was shown', async () => {
    const { server } = await ask({});
    assert.deepEqual(server.login.hostKey, {
      type: 'ssh-ed25519',
      fingerprint: 'SHA256:q1w2e3',
      address: '198.18.2.1',
      standing: 'stored',
    });
    assert.deepEqual([server.login.from, server.login.to, server.login.failure], ['frontend01.example.net', backup01, undefined]);
    const denied = letIn.replace(/Authenticated.*/s, `oneadmin@${backup01}: Permission denied (publickey).\n`);
    const { login, agentLogin } = (await ask({ client: () => denied })).server;
    assert.deepEqual([login.failure, agentLogin.failure], [undefined, undefined], 'who ran a command was let in, whatever was said before');
  });
});
