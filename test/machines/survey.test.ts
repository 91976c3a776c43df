import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { LocalShell } from '../../support/machines/local.ts';
import { quote } from '../../support/machines/quote.ts';
import type { CommandResult, Failure, Shell } from '../../support/machines/shell.ts';
import { answerTo, type Probe, read, survey } from '../../support/machines/survey.ts';
import { inTurn } from '../../support/machines/turns.ts';
import { INTERRUPTED } from '../../support/outcome/judgement.ts';
import { evidence } from '../made.ts';

const here = new LocalShell();
/** This machine, as it is asked beyond a login: what takes a turn is run in two parts. */
const local: Shell = {
  ...{ machine: here.machine, account: here.account, hop: here.hop },
  run: (command) => here.run(command.turn ? { ...command, argv: ['bash', '-c', inTurn(quote(command.argv))] } : command),
};
const folder = mkdtempSync(join(tmpdir(), 'survey test '));
after(() => rmSync(folder, { recursive: true }));

const probe = (name: string, script: string, more: Partial<Probe> = {}): Probe => ({
  name,
  argv: ['sh', '-c', script],
  deadline: 10,
  ...more,
});
const ask = (probes: readonly Probe[], options: Partial<Parameters<typeof survey>[2]> = {}, shell: Shell = local) =>
  survey(shell, probes, { deadline: 30, ...options });
/** What is printed in answer to each. */
const printed = async (...given: Parameters<typeof ask>) =>
  Object.fromEntries([...(await ask(...given)).answers].map(([name, { stdout }]) => [name, stdout]));

describe('a survey', { concurrency: true }, () => {
  test('keeps the answers apart: stdout, stderr, exit code, time, command', async () => {
    const before = Date.now() / 1000;
    const { answers, failure, noise, machine } = await ask([
      probe('one', 'echo out; echo err >&2; exit 3'),
      probe('two', 'printf "a\\nb"', { typed: 'as typed' }),
      probe('three', 'sleep 0.2; echo only err >&2'),
      probe('four', 'true'),
    ]);
    const found = [...answers].map(([name, { stdout, stderr, exitCode, signal }]) => [name, stdout, stderr, exitCode, signal].join('|'));
    assert.deepEqual(found, ['one|out|err\n|3|', 'two|a\nb||0|', 'three||only err\n|0|', 'four|||0|']);
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
    const answer = await printed([{ name: 'words', argv: ['printf', '[%s]', ...words], deadline: 5 }]);
    assert.equal(answer.words, words.map((each) => `[${each}]`).join(''));
  });

  test('gives no probe the rest of the script to read', async () =>
    assert.deepEqual(await printed([probe('cat', 'cat; echo read'), probe('next', 'echo next')]), { cat: 'read', next: 'next' }));

  test('a probe over its deadline is ended, and the next one is asked', async () => {
    const { answers } = await ask([probe('slow', 'echo begun; sleep 20', { deadline: 1 }), probe('next', 'echo next')]);
    const slow = answers.get('slow');
    assert.deepEqual([slow?.exitCode, slow?.signal, slow?.stdout], [124, 'SIGTERM', 'begun']);
    assert.ok(slow && slow.seconds >= 1 && slow.seconds < 8, `${slow?.seconds}`);
    assert.equal(answers.get('next')?.stdout, 'next');
  });

  test('over the deadline of the whole, what was answered stands', async () => {
    const probes = [probe('quick', 'echo quick'), probe('slow', 'exec sleep 6'), probe('never', 'echo')];
    const { answers, failure } = await ask(probes, { deadline: 1 });
    assert.deepEqual([[...answers.keys()], failure], [['quick'], undefined]);
  });

  test('a program that is missing ends with 127 and says so', async () => {
    const { answers } = await ask([{ name: 'missing', argv: ['no-such-program'], deadline: 5 }, probe('next', 'echo next')]);
    assert.equal(answers.get('missing')?.exitCode, 127);
    assert.match(answers.get('missing')?.stderr ?? '', /no-such-program/);
    assert.equal(answers.get('next')?.stdout, 'next');
  });

  test('"when" asks a probe only where the one before says so', async () => {
    const asked = async (exit: number) => {
      const second = probe('second', 'echo', { when: '[ $code != 0 ]' });
      return Object.keys(await printed([probe('first', `exit ${exit}`), second, probe('third', 'echo')])).join(' ');
    };
    assert.deepEqual([await asked(1), await asked(0)], ['first second third', 'first third']);
  });

  test('speaks C, finds the programs of sbin, and takes variables and set-up', async () => {
    const options = { env: { ADDED: 'added' }, setup: "export SET='set up'" };
    const { env = '' } = await printed([probe('env', 'echo "$LC_ALL $ADDED $SET $PATH"')], options);
    assert.match(env, /^C added set up .*:\/usr\/sbin:\/sbin$/);
  });

  test('asks OpenNebula’s command line under UTF-8, and shows it as it is typed', async () => {
    writeFileSync(join(folder, 'onecommand'), '#!/bin/sh\necho "$LC_ALL $1"\n', { mode: 0o755 });
    const one: Probe = { name: 'one', argv: ['onecommand', 'größer'], deadline: 10 };
    const { answers } = await ask([one, probe('two', 'echo "$LC_ALL"')], { env: { PATH: `${folder}:${process.env.PATH}` } });
    assert.deepEqual(
      [...answers.values()].map(({ stdout, command }) => [stdout, command]),
      [
        ['C.UTF-8 größer', "onecommand 'größer'"],
        ['C', `sh -c 'echo "$LC_ALL"'`],
      ],
    );
  });

  test('functions that the account exports run where the driver would run them, and change nothing else', async () => {
    const env = {
      'BASH_FUNC_echo%%': '() { printf "mine %s" "$*"; }',
      'BASH_FUNC_mark%%': '() { printf wrong; }',
      'BASH_FUNC_timeout%%': '() { printf wrong; }',
    };
    const [typed, found] = [{ name: 'typed', argv: ['echo', 'a  b', '$(id)'] as const, deadline: 5 }, 'a  b $(id)'];
    const login = { ...typed, name: 'login', lookedUp: true, login: true };
    const probes = [typed, { ...typed, name: 'looked', lookedUp: true }, login, probe('slow', '')];
    assert.deepEqual(await printed(probes, { env }), { typed: found, looked: `mine ${found}`, login: `mine ${found}`, slow: '' });
    assert.deepEqual(await printed(probes), { typed: found, looked: found, login: found, slow: '' });
    const sleeps = { name: 'sleeps', argv: ['echo', 'x'] as const, deadline: 1, lookedUp: true };
    const { answers } = await ask([sleeps], { env: { 'BASH_FUNC_echo%%': '() { sleep 20; }' } });
    assert.equal(answers.get('sleeps')?.exitCode, 124);
  });

  test('without bash it says that it could not ask', async () => {
    const { answers, failure } = await ask([probe('one', 'echo')], { env: { PATH: '/nowhere' } });
    assert.equal(answers.size, 0);
    assert.equal(failure?.kind, 'not-started');
    assert.match(failure.message, /bash/);
  });

  test('output over the cap: the answers that are whole stand, and are marked', async () => {
    const probes = [probe('small', 'echo small'), probe('large', 'head -c 50000 /dev/zero | tr "\\0" x')];
    const { answers, asked } = await ask(probes, { cap: 20_000 });
    const found = [...answers].map(([name, { stdout, truncated }]) => [name, stdout, truncated]);
    assert.deepEqual([found, asked.truncated], [[['small', 'small', true]], true]);
  });

  /** A shell whose login does something else besides, as a .bashrc may. */
  const by = (script: string): Shell => ({
    ...{ machine: 'noisy', account: 'oneadmin', hop: (to) => local.hop(to) },
    run: (command) => local.run({ ...command, argv: ['sh', '-c', script, 'sh', ...command.argv] }),
  });

  test('what the login prints is noise, and no part of an answer', async () => {
    const noisy = by('echo "Welcome to"; echo noisy; echo warned >&2; exec "$@"');
    const { noise, answers, asked } = await ask([probe('one', 'echo out; echo err >&2')], {}, noisy);
    assert.deepEqual([noise, asked.stderr], ['Welcome to\nnoisy\n', 'warned\n']);
    assert.deepEqual([answers.get('one')?.stdout, answers.get('one')?.stderr], ['out', 'err\n']);
    assert.equal((await ask([probe('one', 'echo out')], {}, by('"$@"; echo Goodbye'))).noise, 'Goodbye\n');
  });

  test('a login that prints and lets nobody in has answered nothing', async () => {
    const { answers, asked, noise } = await ask([probe('one', 'echo')], {}, by('echo This account is not available.; exit 1'));
    assert.deepEqual([answers.size, noise, asked.exitCode], [0, '', 1]);
    assert.match(asked.stdout, /not available/);
  });

  test('marks of other surveys, and bytes that look like them, move no field', async () => {
    const forged = '\u001e0123456789abcdef\u001e';
    const script = `printf '%s' "$1" "$1"; printf '%s' "$1" >&2`;
    const { answers } = await ask([probe('one', '', { argv: ['sh', '-c', script, 'sh', forged] }), probe('two', 'echo two')]);
    assert.deepEqual([answers.get('one')?.stdout, answers.get('one')?.stderr, answers.get('one')?.exitCode], [forged + forged, forged, 0]);
    assert.equal(answers.get('two')?.stdout, 'two');
  });

  test('no mark is used twice', async () => {
    const marks = new Set<string>();
    const run: Shell['run'] = (command) => {
      marks.add(command.stdin?.split('\u001e')[1] ?? 'none');
      return local.run(command);
    };
    for (const _ of [1, 2]) await ask([probe('one', 'true')], {}, { ...by(''), run });
    assert.equal(marks.size, 2);
    for (const each of marks) assert.match(each, /^[0-9a-f]{16}$/);
  });
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

  test('what a machine said to a question is a value, or the sentence that says why there is none', () => {
    const told = (stdout: string, more: Partial<CommandResult> = {}) => read(asked(stdout, more), [probe('a', ''), probe('b', '')], mark);
    const given = told(one('a') + one('b', '', 'late').replace('|0|', '|124|'));
    assert.deepEqual(
      answerTo(given, 'a', ({ stdout }) => stdout),
      { value: 'out', evidence: [given.answers.get('a')] },
    );
    const none = (of: ReturnType<typeof read>, question: string) => {
      const { evidence: shown, ...fault } = answerTo(of, question, () => undefined);
      return [...Object.values(fault), shown[0] === of.asked];
    };
    const [look, bash] = ['Log in and look: ssh backup01.example.net', 'Log in and look whether bash runs there: ssh backup01.example.net'];
    assert.deepEqual(none(given, 'a'), ["no answer (sh -c '': exit 0: err)", look, false]);
    assert.deepEqual(none(given, 'b'), ["no answer (sh -c '': none within 1 s)", look, false]);
    const noBash = told('', { exitCode: 127, stderr: 'debug1: x\nbash: not found\nmore' });
    assert.deepEqual(none(noBash, 'a'), ['no answer (bash: not found)', bash, true]);
    assert.deepEqual(none(told('', { exitCode: 1 }), 'a'), ['no answer (exit 1)', bash, true]);
    assert.deepEqual(none(told('', { failure: { kind: 'silent', message: 'too late' } }), 'a'), ['no answer (too late)', bash, true]);
  });

  test('a failure stands only while nothing was answered', () => {
    const failure: Failure = { kind: 'silent', message: 'no answer within 1 s' };
    assert.deepEqual(read(asked('', { failure }), [probe('a', '')], mark).failure, failure);
    assert.equal(read(asked(one('a'), { failure }), [probe('a', '')], mark).failure, undefined);
  });

  test('a machine that we did not wait for is not accused of what it did not answer', () => {
    const failure: Failure = { kind: 'interrupted', message: INTERRUPTED };
    const given = read(asked(one('a'), { failure }), [probe('a', ''), probe('b', '')], mark);
    assert.deepEqual(given.failure, failure);
    const { evidence: _evidence, ...fault } = answerTo(given, 'b', () => undefined);
    assert.deepEqual(fault, { fault: INTERRUPTED, fix: 'Run it again.' });
  });
});

describe('a login that is lost before the handshake', { concurrency: true }, () => {
  /** Fails `times` times with that text and code, then lets in; counts its calls in a file. */
  function flaky(name: string, times: number, text: string): { argv: Probe['argv']; calls: () => number } {
    const [file, count] = [join(folder, `${name}.sh`), join(folder, `${name}.count`)];
    const letIn = `[ "$(wc -l <'${count}')" -gt ${times} ] && { echo in; echo warned >&2; exit 0; }`;
    writeFileSync(file, `echo call >>'${count}'\n${letIn}\ncat >&2 <<'X'\n${text}\nX\nexit 255\n`);
    return { argv: ['sh', file], calls: () => readFileSync(count, 'utf8').split('\n').length - 1 };
  }
  const lost = 'kex_exchange_identification: Connection closed by remote host\nConnection closed by 198.18.0.9 port 22';
  for (const [name, times, text, calls, exit] of [
    ['lost twice: the third try counts', 2, lost, 3, 0],
    ['reset twice', 2, 'Connection reset by 198.18.0.9 port 22', 3, 0],
    ['a server that hangs up while it greets', 1, 'kex_exchange_identification: banner line contains invalid characters', 2, 0],
    ['lost for ever: three tries, no more', 99, lost, 3, 255],
    ['refused: one try', 99, 'oneadmin@backup01: Permission denied (publickey).', 1, 255],
    ['let in at once: one try', 0, '', 1, 0],
  ] as const)
    test(name, async () => {
      const login = flaky(name.replace(/\W/g, '-'), times, text);
      const { answers } = await ask([{ name: 'login', argv: login.argv, deadline: 5, login: true }]);
      const answer = answers.get('login');
      assert.deepEqual([login.calls(), answer?.exitCode], [calls, exit]);
      assert.deepEqual([answer?.stdout, answer?.stderr], exit === 0 ? ['in', 'warned\n'] : ['', `${text}\n`]);
    });

  test('a probe that is no login is asked once', async () => {
    const login = flaky('no login', 99, lost);
    await ask([{ name: 'login', argv: login.argv, deadline: 5 }]);
    assert.equal(login.calls(), 1);
  });
});
