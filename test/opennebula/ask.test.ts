import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { LocalShell } from '../../support/machines/local.ts';
import type { Command, CommandResult, Failure, Shell } from '../../support/machines/shell.ts';
import { look, unheard, waitUntil } from '../../support/opennebula/ask.ts';
import type { Looked } from '../../support/outcome/evidence.ts';
import { evidence } from '../made.ts';

describe('waiting', { concurrency: true }, () => {
  const looked = (...values: (number | string)[]) => {
    const seen: number[] = [];
    const once = async (): Promise<Looked<number>> => {
      const value = values[Math.min(seen.push(Date.now()) - 1, values.length - 1)] ?? '';
      return { evidence: [], ...(typeof value === 'number' ? { value } : { fault: value }) };
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
  const failed = (stderr: string) => ({ exitCode: 255, stderr });
  const unheardOf: Readonly<Record<string, readonly [Partial<CommandResult>, RegExp]>> = {
    'no answer': [
      { exitCode: null, failure: { kind: 'silent', message: 'no answer within 30 s' } },
      /^onevm backup 0: no answer within 30 s$/,
    ],
    'not there': [{ exitCode: 127 }, /command not found/],
    'too late': [{ exitCode: 124 }, /did not answer in time/],
    'oned is down': [failed('Failed to open TCP connection to localhost:2633 (Connection refused)'), /systemctl start opennebula/],
    'not known': [failed("[one.vm.backup] User couldn't be authenticated, aborting call."), /one_auth/],
    'oned ended meanwhile': [failed('end of file reached'), /^onevm backup 0 ended with exit 255: end of file reached$/],
    cut: [failed('Connection reset by peer @ io_fillbuf - fd:5'), /reset by peer/],
    'late for the client': [
      { exitCode: 255, stdout: 'Net::ReadTimeout with #<TCPSocket:(closed)>' },
      /^onevm backup 0 ended .*ReadTimeout/,
    ],
    'from a proxy': [failed('HTTP-Error: 502 Bad Gateway'), /502 Bad Gateway/],
    'to the question of a name': [
      failed('OpenNebula DATASTORE name not found, use the ID instead\noption datastore: Parsing error'),
      /Parsing error\. OpenNebula could not be asked for names: systemctl status opennebula, and one_auth\.$/,
    ],
    'told on stdout, with exit 0': [{ stdout: 'Failed to open TCP connection to localhost:2633' }, /^onevm backup 0: Failed to open TCP/],
  };
  for (const [what, [changes, says]] of Object.entries(unheardOf)) test(what, () => assert.match(unheard(answer(changes)) ?? '', says));

  const heard: Readonly<Record<string, Partial<CommandResult>>> = {
    taken: { exitCode: 0 },
    refused: failed('[one.vm.backup] Not enough free space on target datastore'),
    'refused since the backup server is down': {
      ...failed(''),
      stdout: '[one.image.restore] ssh: connect to host backup01.example.net port 22: Connection refused',
    },
    'refused since a driver was cut': failed('[one.image.restore] rsync: Broken pipe, end of file reached'),
    'of a name there is not': failed('DATASTORE named nope not found.\noption datastore: Parsing error'),
    'ended by a signal': { exitCode: null, signal: 'SIGSEGV' },
  };
  for (const [what, changes] of Object.entries(heard))
    test(`a request that was ${what} was heard`, () => assert.equal(unheard(answer(changes)), undefined));

  test('a pool that is larger than what a command’s answer usually may be is read whole', async () => {
    const pool = await look(new LocalShell(), ['sh', '-c', 'head -c 2000000 /dev/zero | tr "\\0" x'], (text) => text.length, 10);
    assert.equal('value' in pool && pool.value, 2_000_000);
  });

  test('a pool that is larger than what is kept is not read, and not quoted', async () => {
    const shell = {
      run: async (command: Command) => answer({ exitCode: null, truncated: true, stdout: '<x/>'.repeat((command.cap ?? 0) / 4) }),
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
