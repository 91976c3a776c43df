import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { surveyFrontend } from '../../support/facts/frontend.ts';
import { readLogin } from '../../support/facts/login.ts';
import { HopShell } from '../../support/machines/hop.ts';
import { LocalShell } from '../../support/machines/local.ts';
import { clientFailure, ownSettings, spoken } from '../../support/machines/openssh.ts';
import type { Command, CommandResult, Failure, Shell } from '../../support/machines/shell.ts';
import { type Probe, read, survey } from '../../support/machines/survey.ts';
import { evidence, wholeCloud } from './made.ts';

const folder = mkdtempSync(join(tmpdir(), 'shell test '));
after(() => rmSync(folder, { recursive: true, force: true }));

const local = new LocalShell();
const run = (argv: Command['argv'], rest: Partial<Command> = {}) => local.run({ argv, deadline: 20, ...rest });

function alive(pid: number): boolean {
  try {
    // A zombie is gone, too: nobody has asked for its exit code yet.
    return !/^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

async function gone(pid: number): Promise<boolean> {
  for (let tries = 0; tries < 40 && alive(pid); tries += 1) await sleep(50);
  return !alive(pid);
}

describe('LocalShell', { concurrency: true }, () => {
  test('hands over the argv exactly, through no shell', async () => {
    const words = ['', ' ', "it's", '"', '$(id)', '*', '--', '-n', 'a\nb', 'é'];
    const { stdout, exitCode, failure } = await run(['printf', '%s\\0', ...words]);
    assert.deepEqual([stdout.split('\0').slice(0, -1), exitCode, failure], [words, 0, undefined]);
  });

  // As root, a folder that is closed to others cannot be told from one that is not.
  test('starts where every account may be, wherever this process was started', async () => {
    assert.equal((await run(['pwd'])).stdout, '/\n');
    const held = await local.hold({ argv: ['sh', '-c', 'pwd; cat'], deadline: 5 });
    assert.equal(held.said, '/');
    await held.release();
  });

  test('closes standard input unless there is text for it', async () => {
    const { stdout, exitCode } = await run(['cat'], { deadline: 5 });
    assert.deepEqual([stdout, exitCode], ['', 0]);
  });

  test('gives the text to standard input as it is', async () => {
    const stdin = 'ümlaut\n\n no newline at the end';
    assert.equal((await run(['cat'], { stdin })).stdout, stdin);
  });

  test('keeps stdout, stderr and the exit code apart, final newlines included', async () => {
    const answer = await run(['sh', '-c', 'printf "out\\n\\n"; printf "err\\n" >&2; exit 7']);
    assert.deepEqual([answer.stdout, answer.stderr, answer.exitCode, answer.signal], ['out\n\n', 'err\n', 7, null]);
    assert.equal(answer.failure, undefined);
    assert.equal(answer.truncated, false);
  });

  test('says who was asked, what, when and how long', async () => {
    const before = Date.now();
    const answer = await run(['sh', '-c', 'sleep 0.2; id -un; uname -n']);
    assert.deepEqual(answer.stdout.split('\n').slice(0, 2), [answer.account, answer.machine]);
    assert.equal(answer.command, "sh -c 'sleep 0.2; id -un; uname -n'");
    assert.ok(Date.parse(answer.startedAt) >= before - 1 && Date.parse(answer.startedAt) <= Date.now());
    assert.ok(answer.seconds >= 0.2 && answer.seconds < 20, `${answer.seconds}`);
    assert.equal((await run(['true'], { typed: 'as typed' })).command, 'as typed');
  });

  test('a command that a signal ends has the signal, and no exit code', async () => {
    const { exitCode, signal, failure } = await run(['sh', '-c', 'kill -KILL $$']);
    assert.deepEqual([exitCode, signal, failure], [null, 'SIGKILL', undefined]);
  });

  test('at the deadline the process is ended, and the answer is "silent"', async () => {
    const pidFile = join(folder, 'deadline.pid');
    const { failure, stdout, seconds } = await run(['sh', '-c', 'echo begun; echo $$ >"$1"; exec sleep 30', 'sh', pidFile], {
      deadline: 1,
    });
    assert.deepEqual(failure, { kind: 'silent', message: 'no answer within 1 s' });
    assert.equal(stdout, 'begun\n');
    assert.ok(seconds < 8, `waited ${seconds} s`);
    assert.ok(await gone(Number(readFileSync(pidFile, 'utf8'))));
  });

  test('a process that ignores SIGTERM is killed', async () => {
    const pidFile = join(folder, 'stubborn.pid');
    const script = 'trap "" TERM; echo $$ >"$1"; while :; do read -t 1 x <>"$2"; done';
    await run(['mkfifo', join(folder, 'fifo')]);
    const { failure, seconds } = await run(['bash', '-c', script, 'bash', pidFile, join(folder, 'fifo')], { deadline: 0.5 });
    assert.equal(failure?.kind, 'silent');
    assert.ok(seconds < 8, `waited ${seconds} s`);
    assert.ok(await gone(Number(readFileSync(pidFile, 'utf8'))));
  });

  test('does not wait for a child that holds the pipes beyond the deadline', async () => {
    const began = Date.now();
    const { failure } = await run(['sh', '-c', 'sleep 8 & sleep 8'], { deadline: 0.5 });
    assert.equal(failure?.kind, 'silent');
    assert.ok(Date.now() - began < 6000, `waited ${Date.now() - began} ms for a deadline of 500`);
  });

  test('keeps output up to the cap, and says that it was cut', async () => {
    const cut = await run(['sh', '-c', 'head -c 5000 /dev/zero | tr "\\0" x'], { cap: 1000 });
    assert.deepEqual([cut.stdout, cut.truncated], ['x'.repeat(1000), true]);
    const whole = await run(['sh', '-c', 'head -c 1000 /dev/zero | tr "\\0" x'], { cap: 1000 });
    assert.deepEqual([whole.stdout.length, whole.truncated], [1000, false]);
  });

  for (const [what, file] of [
    ['a program that is not there', 'no-such-program'],
    ['a file that is no program', '/etc/passwd'],
    ['a folder', '/etc'],
  ] as const) {
    test(`${what} is "not started", and named`, async () => {
      const { failure, exitCode } = await run([file, 'x']);
      assert.equal(failure?.kind, 'not-started');
      assert.match(failure.message, new RegExp(file));
      assert.equal(exitCode, null);
    });
  }

  test('a program that ends with 127 was started', async () => {
    const { failure, exitCode } = await run(['sh', '-c', 'exit 127']);
    assert.deepEqual([failure, exitCode], [undefined, 127]);
  });

  test('speaks C, whatever we speak, and adds what it is told to', async () => {
    const { LC_ALL } = process.env;
    process.env.LC_ALL = 'de_DE.UTF-8';
    try {
      const { stdout } = await run(['sh', '-c', 'echo "$LC_ALL $ADDED ${PATH:+path}"'], { env: { ADDED: 'added' } });
      assert.equal(stdout, 'C added path\n');
    } finally {
      if (LC_ALL === undefined) delete process.env.LC_ALL;
      else process.env.LC_ALL = LC_ALL;
    }
  });

  test('an interrupted run ends the command and says so; later ones do not start', async () => {
    const pidFile = join(folder, 'interrupted.pid');
    const stop = new AbortController();
    const shell = new LocalShell(stop.signal);
    const asked = shell.run({ argv: ['sh', '-c', 'echo $$ >"$1"; exec sleep 30', 'sh', pidFile], deadline: 30 });
    while (!existsSync(pidFile) || readFileSync(pidFile, 'utf8') === '') await sleep(20);
    stop.abort('the run was interrupted');
    assert.equal((await asked).failure?.kind, 'interrupted');
    assert.ok(await gone(Number(readFileSync(pidFile, 'utf8'))));
    // Ended as soon as it was begun, one of several would still have done its work.
    const files = Array.from({ length: 20 }, (_, at) => join(folder, `never-${at}`));
    for (const file of files) assert.equal((await shell.run({ argv: ['touch', file], deadline: 5 })).failure?.kind, 'interrupted');
    assert.deepEqual(files.filter(existsSync), []);
  });

  test('takes a private key out of what a command prints', async () => {
    const { stdout } = await run(['printf', '-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXk\n-----END OPENSSH PRIVATE KEY-----\n']);
    assert.match(stdout, /^-----BEGIN .*\[redacted\]-----END/);
    assert.doesNotMatch(stdout, /b3Blb/);
  });
});

/** Word for word from OpenSSH clients 8.2 to 9.9 and from the recordings of OpenNebula 7.4.0. */
const sayings: readonly (readonly [kind: Failure['kind'] | undefined, stderr: string])[] = [
  ['refused', 'ssh: connect to host backup01.example.net port 22: Connection refused'],
  ['refused', 'oneadmin@backup01.example.net: Permission denied (publickey).'],
  ['refused', 'oneadmin@backup01.example.net: Permission denied (publickey,password,keyboard-interactive).'],
  ['refused', 'Host key verification failed.'],
  [
    'refused',
    'No ED25519 host key is known for backup01.example.net and you have requested strict checking.\nHost key verification failed.',
  ],
  ['refused', 'No RSA host key is known for [backup01]:2222 and you have requested strict checking.'],
  [
    'refused',
    '@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@\n@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\nIT IS POSSIBLE THAT SOMEONE IS DOING SOMETHING NASTY!\nHost key verification failed.',
  ],
  ['refused', 'Received disconnect from 198.18.0.9 port 22:2: Too many authentication failures\nDisconnected from 198.18.0.9 port 22'],
  ['refused', 'ssh: Could not resolve hostname backup01: Name or service not known'],
  ['refused', 'ssh: Could not resolve hostname backup01.example.net: No address associated with hostname'],
  ['lost', 'ssh: Could not resolve hostname backup01: Temporary failure in name resolution'],
  ['refused', 'Cannot execute command-line and remote command.'],
  ['refused', 'Unable to negotiate with 198.18.0.9 port 22: no matching host key type found. Their offer: ssh-rsa'],
  [
    'refused',
    'Unable to negotiate with 198.18.0.9 port 22: no matching key exchange method found. Their offer: diffie-hellman-group1-sha1',
  ],
  ['refused', 'Unable to negotiate with 198.18.0.9 port 22: no matching cipher found. Their offer: aes128-cbc'],
  ['refused', 'Bad owner or permissions on /var/lib/one/.ssh/config'],
  [
    'refused',
    '/var/lib/one/.ssh/config: line 3: Bad configuration option: forwardagents\n/var/lib/one/.ssh/config: terminating, 1 bad configuration options',
  ],
  ['silent', 'ssh: connect to host backup01.example.net port 22: Connection timed out'],
  ['silent', 'Connection timed out during banner exchange\nConnection to 198.18.0.9 port 22 timed out'],
  ['silent', 'Timeout, server backup01.example.net not responding.'],
  ['silent', 'ssh: connect to host backup01.example.net port 22: Permission denied'],
  ['lost', 'kex_exchange_identification: Connection closed by remote host\nConnection closed by 198.18.0.9 port 22'],
  ['lost', 'kex_exchange_identification: read: Connection reset by peer\nConnection reset by 198.18.0.9 port 22'],
  ['lost', 'ssh_exchange_identification: Connection closed by remote host'],
  ['lost', 'Connection closed by 198.18.0.9 port 22'],
  ['lost', 'Connection reset by 198.18.0.9 port 22'],
  ['lost', 'banner exchange: Connection to UNKNOWN port 65535: Broken pipe'],
  ['lost', 'client_loop: send disconnect: Broken pipe'],
  ['lost', 'Connection to backup01.example.net closed by remote host.'],
  ['lost', 'ssh: connect to host backup01.example.net port 22: Network is unreachable'],
  ['lost', 'ssh: connect to host backup01.example.net port 22: No route to host'],
  ['lost', 'ssh: connect to host backup01.example.net port 22: Cannot allocate memory'],
  ['lost', 'socket: Too many open files\nssh: connect to host backup01.example.net port 22: failure'],
  // What rsync and the far shell say around it does not matter.
  [
    'refused',
    'oneadmin@backup01.example.net: Permission denied (publickey).\nrsync: connection unexpectedly closed (0 bytes received so far) [sender]\nrsync error: unexplained error (code 255) at io.c(285) [sender=3.5.0]',
  ],
  [
    'refused',
    "Warning: Permanently added 'backup01.example.net' (ED25519) to the list of known hosts.\r\noneadmin@backup01.example.net: Permission denied (publickey).\r",
  ],
  // A refusal outweighs what came of it.
  [
    'refused',
    'Host key verification failed.\nrsync: connection unexpectedly closed (0 bytes received so far) [sender]\nConnection closed by 198.18.0.9 port 22',
  ],
  // These are about other things than getting in.
  [undefined, ''],
  [undefined, "Warning: Permanently added 'backup01' (ED25519) to the list of known hosts."],
  [undefined, "mkdir: cannot create directory '/var/lib/one/datastores/100/0/3aba71/': Permission denied"],
  [undefined, 'protocol version mismatch -- is your shell clean?\n(see the rsync manpage for an explanation)'],
  [undefined, 'bash: line 1: rsync: command not found\nrsync: connection unexpectedly closed (0 bytes received so far) [sender]'],
  [undefined, 'rsync: [sender] write failed on "/var/lib/one/datastores/disk.0.0": No space left on device (28)'],
];

describe('what an OpenSSH client says', () => {
  for (const [kind, stderr] of sayings) {
    test(`${kind ?? 'nothing we know'}: ${stderr.split('\n').find((line) => /[a-z]/.test(line)) ?? '(empty)'}`, () => {
      const failure = clientFailure(stderr);
      assert.equal(failure?.kind, kind);
      if (failure) {
        assert.ok(stderr.includes(failure.message), `its own words, not ours: ${failure.message}`);
        assert.doesNotMatch(failure.message, /[\r\n]/);
      }
    });
  }

  test('who was let in is told by the client itself, whatever the far command came to', () => {
    const denied = 'oneadmin@backup01: Permission denied (publickey).';
    const letIn = 'Authenticated to backup01 ([198.18.0.9]:22) using "publickey".\n';
    const failure = (changes: Parameters<typeof evidence>[0]) => readLogin('kvm01', 'backup01', evidence(changes)).failure;
    assert.equal(failure({ exitCode: 0 }), undefined);
    for (const exitCode of [1, 12, 124, 127, 255]) assert.equal(failure({ exitCode, stderr: `${letIn}${denied}` }), undefined);
    assert.equal(failure({ exitCode: 255, stderr: denied })?.kind, 'refused');
    assert.deepEqual(failure({ exitCode: 255, stderr: 'who knows\n' }), { kind: 'lost', message: 'who knows' });
    assert.equal(failure({ exitCode: 255, stderr: '' })?.kind, 'lost');
    assert.equal(failure({ exitCode: 124 })?.kind, 'silent');
    assert.equal(failure({ exitCode: 137 })?.kind, 'silent');
  });

  describe('the key exchanges of our own logins', () => {
    const preferred = async (setting: string) => {
      const file = join(folder, 'ssh_config_of_kex');
      writeFileSync(file, `KexAlgorithms ${setting}\n`);
      const script = `${ownSettings(`-F '${file}' far`)}\nprintf %s "$kex"`;
      return (await local.run({ argv: ['sh', '-c', script], deadline: 5 })).stdout;
    };
    test('are those that the settings allow, the cheapest first', async () => {
      assert.equal(
        await preferred('ecdh-sha2-nistp256,curve25519-sha256,ecdh-sha2-nistp521'),
        'curve25519-sha256,ecdh-sha2-nistp256,curve25519-sha256,ecdh-sha2-nistp521',
      );
      assert.match(await preferred('+diffie-hellman-group1-sha1'), /^curve25519-sha256,.*,diffie-hellman-group1-sha1$/);
    });
    test('are left as they are where the settings do not allow it', async () => {
      for (const setting of ['ecdh-sha2-nistp256', '-curve25519-sha256', 'curve25519-sha256@libssh.org'])
        assert.equal(await preferred(setting), '', setting);
    });
  });

  test('the client’s warning of a key exchange that we preferred is not the machine’s word', () => {
    const warning =
      '** WARNING: connection is not using a post-quantum key exchange algorithm.\n** This session may be vulnerable to "store now, decrypt later" attacks.\n** The server may need to be upgraded. See https://openssh.com/pq.html\n';
    assert.equal(spoken(`${warning}** Maintenance tonight\n`), '** Maintenance tonight');
  });

  test('a machine on the way is not the one we go to', () => {
    const way = "debug1: Setting implicit ProxyCommand from ProxyJump: ssh -v -W '[%h]:%p' jump01";
    const jump = ['debug1: Server host key: ssh-ed25519 SHA256:jump', 'Authenticated to jump01 ([198.18.0.8]:22) using "publickey".'];
    const known = "debug1: Host 'backup01' is known and matches the ED25519 host key.";
    const far = ['debug1: Server host key: ssh-ed25519 SHA256:far', known, 'Authenticated to backup01 (via proxy) using "publickey".'];
    const denied = 'oneadmin@backup01: Permission denied (publickey).';
    const over = (...lines: string[]) => readLogin('kvm01', 'backup01', evidence({ exitCode: 255, stderr: [way, ...lines].join('\n') }));
    assert.equal(over(...jump, ...far).failure, undefined);
    assert.equal(over(...jump, ...far).hostKey?.fingerprint, 'SHA256:far');
    assert.equal(over(...jump, far[0] ?? '', denied).failure?.message, denied);
    assert.deepEqual(
      [over(...jump, 'Connection reset by').hostKey, over(jump[0] ?? '', 'Host key verification failed.').hostKey],
      [undefined, undefined],
    );
    const fresh = "Warning: Permanently added 'jump01' (ED25519) to the list of known hosts.";
    assert.equal(over(jump[0] ?? '', fresh, ...far).hostKey?.standing, 'stored');
  });

  test('a client that is not there lets nobody in', () => {
    const missing = "timeout: failed to run command 'ssh': No such file or directory";
    assert.deepEqual(readLogin('kvm01', 'backup01', evidence({ exitCode: 127, stderr: `${missing}\n` })).failure, {
      kind: 'not-started',
      message: missing,
    });
  });

  /** As `ssh -v` of OpenSSH 9.2 prints it. */
  const verbose = [
    'OpenSSH_9.2p1 Debian-2+deb12u7, OpenSSL 3.0.17 1 Jul 2025',
    'debug1: Reading configuration data /etc/ssh/ssh_config',
    'debug1: Connection established.',
    'debug1: Server host key: ssh-ed25519 SHA256:q1w2e3',
    "debug1: Host 'backup01' is known and matches the ED25519 host key.",
    'debug1: Authentications that can continue: publickey',
    'Authenticated to backup01 ([198.18.0.9]:22) using "publickey".',
  ];
  const keys: readonly (readonly [what: string, lines: readonly string[], standing: string | undefined])[] = [
    ['the stored one', verbose, 'stored'],
    [
      'a new one that was let pass',
      [...verbose.filter((line) => !/is known/.test(line)), "Warning: Permanently added 'backup01' (ED25519) to the list of known hosts."],
      'new',
    ],
    ['an unknown one that was not', [...verbose.slice(0, 4), 'Host key verification failed.'], 'refused'],
    [
      'a changed one',
      [...verbose.slice(0, 4), '@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @', 'Host key verification failed.'],
      'refused',
    ],
    [
      'none: refused before',
      ['debug1: Connecting to backup01 [198.18.0.9] port 22.', 'ssh: connect to host backup01 port 22: Connection refused'],
      undefined,
    ],
  ];
  for (const [what, lines, standing] of keys) {
    test(`the host key that was shown: ${what}`, () => {
      const { hostKey } = readLogin('kvm01', 'backup01', evidence({ exitCode: 255, stderr: lines.join('\r\n') }));
      assert.deepEqual(hostKey, standing && { type: 'ssh-ed25519', fingerprint: 'SHA256:q1w2e3', standing });
    });
  }

  test('what a verbose client chats about is no evidence, and no failure', () => {
    const chat = [...verbose, 'debug1: connect to address 198.18.0.9 port 22: Connection refused', 'debug2: Permission denied (x)'].join(
      '\n',
    );
    assert.equal(clientFailure(chat), undefined);
    const [shown] = readLogin(
      'kvm01',
      'backup01',
      evidence({ exitCode: 255, stderr: `${chat}\noneadmin@backup01: Permission denied (publickey).` }),
    ).evidence;
    assert.match(shown?.stderr ?? '', /Server host key: ssh-ed25519 SHA256:q1w2e3[\s\S]*Permission denied \(publickey\)/);
    assert.doesNotMatch(shown?.stderr ?? '', /Reading configuration|OpenSSH_9|debug2/);
  });
});

const probe = (name: string, script: string, more: Partial<Probe> = {}): Probe => ({
  name,
  argv: ['sh', '-c', script],
  deadline: 10,
  ...more,
});
const ask = (probes: readonly Probe[], options: Partial<Parameters<typeof survey>[2]> = {}, shell: Shell = local) =>
  survey(shell, probes, { deadline: 30, ...options });

describe('a survey', { concurrency: true }, () => {
  test('keeps the answers apart: stdout, stderr, exit code, time, command', async () => {
    const before = Date.now() / 1000;
    const { answers, failure, noise, machine } = await ask([
      probe('one', 'echo out; echo err >&2; exit 3'),
      probe('two', 'printf "a\\nb"', { typed: 'as typed' }),
      probe('three', 'sleep 0.2; echo only err >&2'),
      probe('four', 'true'),
    ]);
    assert.deepEqual(
      [...answers].map(([name, { stdout, stderr, exitCode, signal }]) => [name, stdout, stderr, exitCode, signal]),
      [
        ['one', 'out', 'err\n', 3, null],
        ['two', 'a\nb', '', 0, null],
        ['three', '', 'only err\n', 0, null],
        ['four', '', '', 0, null],
      ],
    );
    assert.deepEqual([failure, noise, machine], [undefined, '', local.machine]);
    assert.equal(answers.get('one')?.command, "sh -c 'echo out; echo err >&2; exit 3'");
    assert.equal(answers.get('two')?.command, 'as typed');
    const three = answers.get('three');
    assert.ok(three && three.seconds >= 0.2 && three.seconds < 10, `${three?.seconds}`);
    assert.ok(Date.parse(three.startedAt) / 1000 >= before - 0.01);
    assert.equal(three.account, local.account);
  });

  test('hands a word to a probe exactly, whatever is in it', async () => {
    const words = ['', ' ', "it's", '$(id)', '`id`', '"', '\\', '*', '-n', 'a\nb', '&& false', 'é'];
    const { answers } = await ask([{ name: 'words', argv: ['printf', '[%s]', ...words], deadline: 5 }]);
    assert.equal(answers.get('words')?.stdout, words.map((each) => `[${each}]`).join(''));
  });

  test('gives no probe the rest of the script to read', async () => {
    const { answers } = await ask([probe('cat', 'cat; echo read'), probe('next', 'echo next')]);
    assert.deepEqual([answers.get('cat')?.stdout, answers.get('next')?.stdout], ['read', 'next']);
  });

  test('a probe over its deadline is ended, and the next one is asked', async () => {
    const { answers } = await ask([probe('slow', 'echo begun; sleep 20', { deadline: 1 }), probe('next', 'echo next')]);
    const slow = answers.get('slow');
    assert.deepEqual([slow?.exitCode, slow?.signal, slow?.stdout], [124, 'SIGTERM', 'begun']);
    assert.ok(slow && slow.seconds >= 1 && slow.seconds < 8, `${slow?.seconds}`);
    assert.equal(answers.get('next')?.stdout, 'next');
  });

  test('over the deadline of the whole, what was answered stands', async () => {
    const { answers, failure } = await ask([probe('quick', 'echo quick'), probe('slow', 'exec sleep 6'), probe('never', 'echo')], {
      deadline: 1,
    });
    assert.deepEqual([...answers.keys()], ['quick']);
    assert.equal(failure, undefined);
  });

  test('a program that is missing ends with 127 and says so', async () => {
    const { answers } = await ask([{ name: 'missing', argv: ['no-such-program'], deadline: 5 }, probe('next', 'echo next')]);
    assert.equal(answers.get('missing')?.exitCode, 127);
    assert.match(answers.get('missing')?.stderr ?? '', /no-such-program/);
    assert.equal(answers.get('next')?.stdout, 'next');
  });

  test('"when" asks a probe only where the one before says so', async () => {
    const asked = async (exit: number) => {
      const { answers } = await ask([
        probe('first', `exit ${exit}`),
        probe('second', 'echo', { when: '[ $code != 0 ]' }),
        probe('third', 'echo'),
      ]);
      return [...answers.keys()];
    };
    assert.deepEqual(await asked(1), ['first', 'second', 'third']);
    assert.deepEqual(await asked(0), ['first', 'third']);
  });

  test('speaks C, finds the programs of sbin, and takes variables and set-up', async () => {
    const { answers } = await ask([probe('env', 'echo "$LC_ALL $ADDED $SET"; echo "$PATH"')], {
      env: { ADDED: 'added' },
      setup: "export SET='set up'",
    });
    const [first, path] = answers.get('env')?.stdout.split('\n') ?? [];
    assert.equal(first, 'C added set up');
    assert.match(path ?? '', /:\/usr\/sbin:\/sbin$/);
  });

  test('without bash it says that it could not ask', async () => {
    const { answers, failure } = await ask([probe('one', 'echo')], { env: { PATH: '/nowhere' } });
    assert.equal(answers.size, 0);
    assert.equal(failure?.kind, 'not-started');
    assert.match(failure.message, /bash/);
  });

  test('output over the cap: the answers that are whole stand, and are marked', async () => {
    const { answers, asked } = await ask([probe('small', 'echo small'), probe('large', 'head -c 50000 /dev/zero | tr "\\0" x')], {
      cap: 20_000,
    });
    assert.deepEqual([...answers.keys()], ['small']);
    assert.deepEqual([answers.get('small')?.stdout, answers.get('small')?.truncated, asked.truncated], ['small', true, true]);
  });

  /** A shell whose login prints something before it runs anything, as a .bashrc may. */
  const noisy: Shell = {
    ...{ machine: 'noisy', account: 'oneadmin', close() {} },
    run: (command) =>
      local.run({ ...command, argv: ['sh', '-c', 'echo "Welcome to"; echo noisy; echo warned >&2; exec "$@"', 'sh', ...command.argv] }),
  };

  test('what the login prints is noise, and no part of an answer', async () => {
    const { noise, answers, asked } = await ask([probe('one', 'echo out; echo err >&2')], {}, noisy);
    assert.equal(noise, 'Welcome to\nnoisy\n');
    assert.deepEqual([answers.get('one')?.stdout, answers.get('one')?.stderr], ['out', 'err\n']);
    assert.equal(asked.stderr, 'warned\n');
    const polite: Shell = {
      ...noisy,
      run: (command) => local.run({ ...command, argv: ['sh', '-c', '"$@"; echo Goodbye', 'sh', ...command.argv] }),
    };
    assert.equal((await ask([probe('one', 'echo out')], {}, polite)).noise, 'Goodbye\n');
  });

  test('a login that prints and lets nobody in has answered nothing', async () => {
    const shell: Shell = {
      ...noisy,
      run: () => local.run({ argv: ['sh', '-c', 'echo This account is not available.; exit 1'], deadline: 5 }),
    };
    const { answers, asked, noise } = await ask([probe('one', 'echo')], {}, shell);
    assert.deepEqual([answers.size, noise, asked.exitCode], [0, '', 1]);
    assert.match(asked.stdout, /not available/);
  });

  test('marks of other surveys, and bytes that look like them, move no field', async () => {
    const forged = '\u001e0123456789abcdef\u001e';
    const { answers } = await ask([
      probe('one', `printf '%s' "$1" "$1"; printf '%s' "$1" >&2`, {
        argv: ['sh', '-c', `printf '%s' "$1" "$1"; printf '%s' "$1" >&2`, 'sh', forged],
      }),
      probe('two', 'echo two'),
    ]);
    assert.deepEqual([answers.get('one')?.stdout, answers.get('one')?.stderr, answers.get('one')?.exitCode], [forged + forged, forged, 0]);
    assert.equal(answers.get('two')?.stdout, 'two');
  });

  test('no mark is used twice', async () => {
    const marks = new Set<string>();
    const spy: Shell = {
      ...noisy,
      run: (command) => {
        marks.add(command.stdin?.split('\u001e')[1] ?? 'none');
        return local.run(command);
      },
    };
    await ask([probe('one', 'true')], {}, spy);
    await ask([probe('one', 'true')], {}, spy);
    assert.equal(marks.size, 2);
    for (const each of marks) assert.match(each, /^[0-9a-f]{16}$/);
  });
});

test('a front-end that does not know its full name is called by the one we know: no reason is without a name', async () => {
  const bin = join(folder, 'nameless');
  mkdirSync(bin);
  writeFileSync(join(bin, 'date'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
  writeFileSync(join(bin, 'hostname'), '#!/bin/sh\necho "hostname: Name or service not known" >&2\nexit 1\n', { mode: 0o755 });
  const shell: Shell = {
    ...{ machine: 'frontend01', account: 'oneadmin', close() {} },
    run: async (command) => ({
      ...(await local.run({ ...command, env: { ...command.env, PATH: `${bin}:${process.env.PATH}` } })),
      machine: 'frontend01',
    }),
  };
  const facts = await surveyFrontend(shell, wholeCloud().site);
  assert.equal(facts.survey.answers.get('hostname')?.exitCode, 1);
  assert.equal(facts.hostname, 'frontend01');
  assert.equal(facts.account, local.account);
  assert.ok(Number.isNaN(facts.now), 'no time is not 1970');
  assert.match('fault' in facts.hosts ? facts.hosts.fault : '', /onehost list -x: command not found/);
});

describe('reading a survey', () => {
  const mark = '|';
  const asked = (stdout: string, more: Partial<CommandResult> = {}): CommandResult => ({ ...evidence({ stdout }), ...more });
  const one = (name: string, stdout = 'out', stderr = 'err') => ['', name, '1700000000.5', stderr, stdout, '0', '1700000001.75'].join(mark);

  test('fields in their order: name, start, stderr, stdout, code, end', () => {
    const { answers } = read(asked(`${one('a')}${one('b', '', '')}|done|`), [probe('a', ''), probe('b', '')], mark);
    assert.deepEqual([...answers.keys()], ['a', 'b']);
    const a = answers.get('a');
    assert.deepEqual([a?.stdout, a?.stderr, a?.exitCode, a?.seconds, a?.startedAt], ['out', 'err', 0, 1.25, '2023-11-14T22:13:20.500Z']);
    assert.deepEqual([answers.get('b')?.stdout, answers.get('b')?.stderr], ['', '']);
  });

  test('an answer that is cut short at any field is none', () => {
    const whole = `${one('a')}|done|`;
    const last = whole.lastIndexOf('1700000001.75');
    for (let length = 0; length < last; length += 1) {
      const { answers } = read(asked(whole.slice(0, length)), [probe('a', '')], mark);
      assert.equal(answers.size, 0, `cut after ${length} characters`);
    }
  });

  test('a name that was not asked for ends the reading', () => {
    assert.deepEqual([...read(asked(one('x') + one('a')), [probe('a', '')], mark).answers.keys()], []);
  });

  test('a failure stands only while nothing was answered', () => {
    const failure: Failure = { kind: 'silent', message: 'no answer within 1 s' };
    assert.deepEqual(read(asked('', { failure }), [probe('a', '')], mark).failure, failure);
    assert.equal(read(asked(one('a'), { failure }), [probe('a', '')], mark).failure, undefined);
  });
});

describe('a login that is lost before the handshake', { concurrency: true }, () => {
  /** Fails `times` times with that text and code, then lets in; counts its calls in a file. */
  function flaky(name: string, times: number, text: string, code = 255): { argv: Probe['argv']; calls: () => number } {
    const file = join(folder, `${name}.sh`);
    const count = join(folder, `${name}.count`);
    writeFileSync(
      file,
      `echo call >>'${count}'\n[ "$(wc -l <'${count}')" -gt ${times} ] && { echo in; echo warned >&2; exit 0; }\ncat >&2 <<'X'\n${text}\nX\nexit ${code}\n`,
    );
    return { argv: ['sh', file], calls: () => readFileSync(count, 'utf8').split('\n').length - 1 };
  }
  const lost = 'kex_exchange_identification: Connection closed by remote host\nConnection closed by 198.18.0.9 port 22';
  const rows = [
    { name: 'lost twice: the third try counts', times: 2, text: lost, calls: 3, exit: 0 },
    { name: 'reset twice', times: 2, text: 'Connection reset by 198.18.0.9 port 22', calls: 3, exit: 0 },
    {
      name: 'a server that hangs up while it greets',
      times: 1,
      text: 'kex_exchange_identification: banner line contains invalid characters',
      calls: 2,
      exit: 0,
    },
    { name: 'lost for ever: three tries, no more', times: 99, text: lost, calls: 3, exit: 255 },
    { name: 'refused: one try', times: 99, text: 'oneadmin@backup01: Permission denied (publickey).', calls: 1, exit: 255 },
    { name: 'let in at once: one try', times: 0, text: '', calls: 1, exit: 0 },
  ];
  for (const { name, times, text, calls, exit } of rows) {
    test(name, async () => {
      const login = flaky(name.replace(/\W/g, '-'), times, text);
      const { answers } = await ask([{ name: 'login', argv: login.argv, deadline: 5, login: true }]);
      const answer = answers.get('login');
      assert.equal(login.calls(), calls);
      assert.equal(answer?.exitCode, exit);
      assert.deepEqual([answer.stdout, answer.stderr], exit === 0 ? ['in', 'warned\n'] : ['', `${text}\n`]);
    });
  }

  test('a probe that is no login is asked once', async () => {
    const login = flaky('no login', 99, lost);
    await ask([{ name: 'login', argv: login.argv, deadline: 5 }]);
    assert.equal(login.calls(), 1);
  });
});

describe('HopShell', { concurrency: true }, () => {
  /** An ssh client that stands on this machine: it says what a test told it to, or runs the command it was given. */
  function hop(
    name: string,
    client: string,
    more: Partial<ConstructorParameters<typeof HopShell>[1]> = {},
  ): { shell: HopShell; said: () => string } {
    const bin = join(folder, name);
    const log = join(bin, 'argv');
    mkdirSync(bin);
    writeFileSync(
      join(bin, 'ssh'),
      `#!/bin/sh\n[ "$1" = -G ] && { echo "userknownhostsfile /home/known /home/known2"; exit 0; }\nprintf '%s\\n' "$@" "agent=$SSH_AUTH_SOCK" -- >>'${log}'\nfor last; do :; done\n${client}\n`,
      { mode: 0o755 },
    );
    const near: Shell = {
      ...{ machine: 'near', account: 'oneadmin', close() {} },
      run: (command) => local.run({ ...command, env: { ...command.env, PATH: `${bin}:${process.env.PATH}` } }),
    };
    return { shell: new HopShell(near, { host: 'far', connectTimeout: 1, ...more }), said: () => readFileSync(log, 'utf8') };
  }
  const letIn = 'exec sh -c "$last"';

  test('runs the argv on the far machine exactly, with its own stdin, stdout, stderr and exit code', async () => {
    const { shell } = hop('plain', letIn);
    const words = ['', ' ', "it's", '$(id)', '-n', 'a\nb', '*'];
    const answer = await shell.run({
      argv: ['sh', '-c', 'cat; printf "[%s]" "$@"; echo err >&2; exit 4', 'sh', ...words],
      stdin: 'in\n',
      deadline: 5,
    });
    assert.deepEqual(
      [answer.stdout, answer.stderr, answer.exitCode, answer.failure, answer.machine, answer.account],
      [`in\n${words.map((each) => `[${each}]`).join('')}`, 'err\n', 4, undefined, 'far', 'oneadmin'],
    );
  });

  test('never asks, never weakens the host key check, writes no known_hosts, lends the agent only where told to', async () => {
    const { shell, said } = hop('options', letIn, { user: 'oneadmin', forwardAgent: true, agent: '/run/agent.sock' });
    await shell.run({ argv: ['true'], deadline: 5 });
    const [options = '', command] = said().split('\n--\noneadmin@far\n');
    assert.match(options, /UserKnownHostsFile=\/dev\/null \/home\/known \/home\/known2/);
    for (const wanted of ['BatchMode=yes', 'ConnectTimeout=1', 'ControlMaster=no', 'ControlPath=none', 'ForwardAgent=yes'])
      assert.ok(options.split('\n').includes(wanted), wanted);
    assert.doesNotMatch(said(), /StrictHostKeyChecking/);
    assert.match(command ?? '', /agent=\/run\/agent\.sock/);
    const plain = hop('no agent', letIn);
    await plain.shell.run({ argv: ['true'], deadline: 5 });
    assert.doesNotMatch(plain.said(), /ForwardAgent/);
  });

  const refusals: readonly (readonly [name: string, client: string, kind: Failure['kind'], calls: number])[] = [
    ['denied', 'echo "oneadmin@far: Permission denied (publickey)." >&2; exit 255', 'refused', 1],
    ['lost three times', 'echo "kex_exchange_identification: Connection closed by remote host" >&2; exit 255', 'lost', 3],
    ['silent', 'echo "ssh: connect to host far port 22: Connection timed out" >&2; exit 255', 'silent', 1],
    ['255 and no word', 'exit 255', 'lost', 1],
    [
      'a login that runs nothing',
      'echo "Authenticated to far ([198.18.0.9]:22)." >&2; echo "This account is currently not available."; exit 1',
      'refused',
      1,
    ],
    ['a client that did not run', 'echo "ssh: not found" >&2; exit 127', 'not-started', 1],
  ];
  for (const [name, client, kind, calls] of refusals) {
    test(`not let in: ${name} is "${kind}"`, async () => {
      const { shell, said } = hop(name, client);
      const { failure } = await shell.run({ argv: ['true'], deadline: 5 });
      assert.equal(failure?.kind, kind);
      assert.notEqual(failure.message, '');
      assert.equal(said().match(/^BatchMode=yes$/gm)?.length, calls);
    });
  }

  test('a command that ends with 255 was let in', async () => {
    const { failure, exitCode } = await hop('own 255', letIn).shell.run({
      argv: ['sh', '-c', 'echo "x: Permission denied (publickey)." >&2; exit 255'],
      deadline: 5,
    });
    assert.deepEqual([failure, exitCode], [undefined, 255]);
  });

  for (const words of ['Connection to far closed by remote host.', 'client_loop: send disconnect: Broken pipe'])
    test(`a connection that breaks while a command runs is no answer of it: ${words}`, async () => {
      const client = `sh -c "$last"; printf '%s\\r\\n' '${words}' >&2; exit 255`;
      const { failure, stdout } = await hop(words.replace(/\W/g, '-'), client).shell.run({ argv: ['echo', 'half'], deadline: 5 });
      assert.deepEqual([failure, stdout], [{ kind: 'stuck', message: words }, 'half\n']);
    });

  test('a command over its deadline is "stuck": we were let in', async () => {
    const { failure } = await hop('stuck', letIn).shell.run({ argv: ['sleep', '20'], deadline: 1 });
    assert.deepEqual(failure, { kind: 'stuck', message: 'no answer within 1 s' });
  });

  test('a command that had to be ended by force is "stuck", too', async () => {
    const asked =
      'sh -c "$last"; [ $? -gt 128 ] && echo "debug1: client_input_channel_req: channel 0 rtype exit-signal reply 0" >&2; exit 255';
    const { failure } = await hop('forced', asked).shell.run({
      argv: ['sh', '-c', "trap '' TERM; while :; do sleep 1; done"],
      deadline: 1,
    });
    assert.deepEqual(failure, { kind: 'stuck', message: 'no answer within 1 s' });
  });

  test('what keeps the machine before from asking is not the far one refusing', async () => {
    const near: Shell = {
      machine: 'near',
      account: 'x',
      close() {},
      run: async () => ({ ...evidence({ exitCode: null }), failure: { kind: 'refused', message: 'near is closed' } }),
    };
    const { failure } = await new HopShell(near, { host: 'far', connectTimeout: 1 }).run({ argv: ['true'], deadline: 1 });
    assert.deepEqual(failure, { kind: 'lost', message: 'near is closed' });
  });
});
