import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { hopFrom } from '../../support/machines/hop.ts';
import { LocalShell } from '../../support/machines/local.ts';
import { knownAs } from '../../support/machines/remote.ts';
import { type Command, type Failure, type Hop, inLocale, type Shell, stopped, variables } from '../../support/machines/shell.ts';
import { evidence } from '../made.ts';

const folder = mkdtempSync(join(tmpdir(), 'shell test '));
after(() => rmSync(folder, { recursive: true, force: true }));

test('an account without an entry in passwd goes by its number', async () => {
  const script = `import(${JSON.stringify(import.meta.resolve('../../support/machines/local.ts'))}).then(({ LocalShell }) => console.log(new LocalShell().account))`;
  const { stdout } = await execa('unshare', ['--user', '--map-user=54321', process.execPath, '-e', script]);
  assert.equal(stdout, '54321');
});

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

  test('lets OpenNebula’s command line alone take names that are not ASCII', async () => {
    const of = (...argv: [string, ...string[]]) => [variables({ argv }), inLocale(argv)];
    assert.deepEqual(of('onedatastore', 'create', 'f'), [['LC_ALL=C.UTF-8'], ['env', 'LC_ALL=C.UTF-8', 'onedatastore', 'create', 'f']]);
    for (const other of ['one', 'bash', 'done', 'one-two']) assert.deepEqual(of(other), [['LC_ALL=C'], [other]]);
    const onecommand = join(folder, 'onecommand');
    writeFileSync(onecommand, '#!/bin/sh\necho "$LC_ALL"\n', { mode: 0o755 });
    const env = { PATH: `${folder}:${process.env.PATH}` };
    assert.equal((await run(['onecommand'], { env })).stdout, 'C.UTF-8\n');
    assert.equal((await run(['sh', '-c', 'echo "$LC_ALL"'], { env })).stdout, 'C\n');
  });

  test('a command that Ctrl-C ends before us was interrupted', async () => {
    const { failure } = await new LocalShell().run({ argv: ['sh', '-c', 'kill -INT $$'], deadline: 5 });
    assert.deepEqual(failure, { kind: 'interrupted', message: 'the run was interrupted' });
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

describe('a hop', { concurrency: true }, () => {
  /** An ssh client that stands on this machine: it says what a test told it to, or runs the command it was given. */
  function hop(name: string, client: string, more: Partial<Hop> = {}): { shell: Shell; said: () => string } {
    const bin = join(folder, name);
    const log = join(bin, 'argv');
    mkdirSync(bin);
    writeFileSync(
      join(bin, 'ssh'),
      `#!/bin/sh\n[ "$1" = -G ] && { echo "userknownhostsfile /home/known /home/known2"; exit 0; }\nprintf '%s\\n' "$@" "agent=$SSH_AUTH_SOCK" -- >>'${log}'\nfor last; do :; done\n${client}\n`,
      { mode: 0o755 },
    );
    const near: Shell = {
      ...{ machine: 'near', account: 'oneadmin', hop: (to) => hopFrom(near, to) },
      run: (command) => local.run({ ...command, env: { ...command.env, PATH: `${bin}:${process.env.PATH}` } }),
    };
    return { shell: near.hop({ host: 'far', connectTimeout: 1, ...more }), said: () => readFileSync(log, 'utf8') };
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

  const refusals: readonly (readonly [name: string, client: string, kind: Failure['kind'], calls: number, reason?: Failure['reason']])[] = [
    ['denied', 'echo "oneadmin@far: Permission denied (publickey)." >&2; exit 255', 'refused', 1, 'denied'],
    ['lost three times', 'echo "kex_exchange_identification: Connection closed by remote host" >&2; exit 255', 'lost', 3, 'dropped'],
    ['silent', 'echo "ssh: connect to host far port 22: Connection timed out" >&2; exit 255', 'silent', 1],
    ['255 and no word', 'exit 255', 'lost', 1],
    [
      'a login that runs nothing',
      'echo "Authenticated to far ([198.18.0.9]:22)." >&2; echo "This account is currently not available."; exit 1',
      'refused',
      1,
      'no-commands',
    ],
    ['a client that did not run', 'echo "ssh: not found" >&2; exit 127', 'not-started', 1],
  ];
  for (const [name, client, kind, calls, reason] of refusals) {
    test(`not let in: ${name} is "${kind}"`, async () => {
      const { shell, said } = hop(name, client);
      const { failure } = await shell.run({ argv: ['true'], deadline: 5 });
      assert.deepEqual([failure?.kind, failure?.reason], [kind, reason]);
      assert.notEqual(failure?.message, '');
      assert.equal(said().match(/^BatchMode=yes$/gm)?.length, calls);
    });
  }

  test('of an agent’s keys alone: a key file that is accepted in their place lets nobody in', async () => {
    const key = 'ED25519 SHA256:fBmBxlcCKaABtULvLXC6WbZfE5cbd3civfnQ1zkvp38';
    const by = async (accepted: string, more: Partial<Hop>) => {
      const says = `printf '%s\\n' 'debug1: Server accepts key: ${accepted}' 'Authenticated to far ([198.18.0.9]:22) using "publickey".' >&2`;
      return (
        await hop(`by ${accepted.replaceAll(/\W/g, '-')} ${more.agentOnly}`, `${says}; ${letIn}`, more).shell.run({
          argv: ['true'],
          deadline: 5,
        })
      ).failure;
    };
    assert.deepEqual(await by(`/home/id_rsa ${key} explicit`, { agentOnly: true }), {
      ...{ kind: 'refused', reason: 'denied', message: 'logged in with /home/id_rsa, not with a key of the agent' },
    });
    assert.deepEqual(
      [await by(`oneadmin@front ${key} agent`, { agentOnly: true }), await by(`/home/id_rsa ${key} explicit`, {})],
      [undefined, undefined],
    );
  });

  test('what the far side says of others once it let us in is not our client’s word', async () => {
    const { failure } = await hop('says', 'echo "Authenticated to far ([198.18.0.9]:22)." >&2; echo "Access denied" >&2; exit 1').shell.run(
      {
        ...{ argv: ['true'], deadline: 5 },
      },
    );
    assert.equal(failure?.reason, 'no-commands');
  });

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

  test('a command that was interrupted is not "stuck", though we were let in', async () => {
    const near: Shell = {
      ...{ machine: 'near', account: 'oneadmin', hop: (to) => hopFrom(near, to) },
      run: async (command) => {
        const marker = /entered-[0-9a-f]+/.exec(command.argv.at(-1) ?? '')?.[0];
        return {
          ...(await local.run({ argv: ['true'], deadline: 5 })),
          stderr: `${marker}\n`,
          exitCode: null,
          failure: stopped(undefined),
        };
      },
    };
    const { failure } = await near.hop({ host: 'far', connectTimeout: 1 }).run({ argv: ['true'], deadline: 5 });
    assert.deepEqual(failure, { kind: 'interrupted', message: 'the run was interrupted' });
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
      ...{ machine: 'near', account: 'x', hop: (to) => hopFrom(near, to) },
      run: async () => ({ ...evidence({ exitCode: null }), failure: { kind: 'refused', reason: 'denied', message: 'near is closed' } }),
    };
    const { failure } = await near.hop({ host: 'far', connectTimeout: 1 }).run({ argv: ['true'], deadline: 1 });
    assert.deepEqual(failure, { kind: 'lost', message: 'near is closed' });
  });

  test('a machine is a shell: the next but one is a hop of a hop', async () => {
    const denied = 'echo "x@shut: Permission denied (publickey)." >&2; exit 255';
    const shut = `while [ "$1" != -- ]; do shift; done; [ "$2" != shut ] || { ${denied}; }`;
    const known = `printf '%s\\n' 'debug1: Server host key: ssh-ed25519 SHA256:x' "debug1: Host 'far' is known and matches the ED25519 host key." >&2`;
    const { shell } = hop('two hops', `${shut}; ${known}; echo "Authenticated to far ([::1]:22)." >&2; exec sh -c "$last"`);
    const answer = await shell.hop({ host: 'farther', user: 'backup', connectTimeout: 1 }).run({ argv: ['echo', "it's"], deadline: 5 });
    assert.deepEqual(
      [answer.stdout, answer.failure, answer.machine, answer.account, answer.typedOn],
      ["it's\n", undefined, 'farther', 'backup', { machine: 'far', account: 'oneadmin' }],
    );
    const { failure, hostKey } = await shell.hop({ host: 'shut', connectTimeout: 1 }).run({ argv: ['true'], deadline: 5 });
    assert.equal(hostKey, undefined, 'the key of the login before it is none of this one');
    assert.deepEqual([failure?.kind, failure?.reason], ['refused', 'denied'], 'the login before it is none to this one');
  });
});

test('a front-end is looked up in known_hosts as OpenSSH does', () => {
  const name = (alias: string | undefined, port: number) => knownAs({ alias, host: 'front', port });
  assert.deepEqual(
    [name(undefined, 22), name(undefined, 2222), name('alias', 22), name('alias', 2222)],
    ['front', '[front]:2222', 'alias', 'alias'],
  );
});
