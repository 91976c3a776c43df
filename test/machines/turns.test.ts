import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { hopFrom } from '../../support/machines/hop.ts';
import { LocalShell } from '../../support/machines/local.ts';
import { quote } from '../../support/machines/quote.ts';
import type { Command, Shell } from '../../support/machines/shell.ts';
import { type Probe, survey } from '../../support/machines/survey.ts';
import { inTurn, Turns } from '../../support/machines/turns.ts';

const local = new LocalShell();

/** Turns, one at a time, that tell how many are taken. */
function watched() {
  const turns = new Turns(1);
  let taken = 0;
  const take = async () => {
    const giveBack = await turns.take();
    taken += 1;
    let isBack = false;
    return () => {
      if (!isBack) taken -= 1;
      isBack = true;
      giveBack();
    };
  };
  return { take, taken: () => taken };
}

/** A script that comes to its step at once; what it does then. */
const waiting = (take: Command['turn'], rest: string, more: Partial<Command> = {}): Command => ({
  argv: ['bash', '-s'],
  stdin: 'printf ASKS\n',
  turn: { asks: 'ASKS', ends: 'ENDS', rest, ...take } as NonNullable<Command['turn']>,
  deadline: 10,
  ...more,
});
const withTake = (take: NonNullable<Command['turn']>['take'], rest: string, more: Partial<Command> = {}) =>
  waiting({ take } as Command['turn'], rest, more);

async function until(isSo: () => boolean): Promise<void> {
  for (let tries = 0; !isSo(); tries += 1) {
    assert.ok(tries < 200, 'not within 10 s');
    await sleep(50);
  }
}

describe('a turn', { concurrency: true }, () => {
  test('is waited for, and is given back once the command is through with it, before its end', async () => {
    const { take, taken } = watched();
    const first = await take();
    const run = local.run(withTake(take, 'printf now; sleep 0.5; printf ENDS; sleep 1; printf later\n'));
    await sleep(300);
    assert.equal(taken(), 1, 'it waits for the other one');
    first();
    await until(() => taken() === 1);
    await until(() => taken() === 0);
    const giveBack = await take();
    giveBack();
    const { stdout, exitCode, failure } = await run;
    assert.deepEqual([stdout, exitCode, failure], ['ASKSnowENDSlater', 0, undefined]);
  });

  test('is no part of the deadline while it is waited for; while it lasts it is', async () => {
    const { take, taken } = watched();
    const first = await take();
    const run = local.run(withTake(take, 'printf now; sleep 30\n', { deadline: 1 }));
    await sleep(1500);
    first();
    const { stdout, failure, seconds } = await run;
    assert.deepEqual([stdout, failure?.kind], ['ASKSnow', 'silent']);
    assert.ok(seconds > 1.5 && seconds < 9, `${seconds}`);
    assert.equal(taken(), 0);
  });

  for (const [how, rest] of [
    ['ends without a word', 'exit 3\n'],
    ['is killed', 'kill -KILL $$\n'],
    ['cannot be started', undefined],
  ] as const)
    test(`is given back by a command that ${how}`, async () => {
      const { take, taken } = watched();
      const command = withTake(take, rest ?? '');
      await local.run(rest === undefined ? { ...command, argv: ['no-such-program'] } : command);
      assert.equal(taken(), 0);
      (await take())();
    });

  test('is given back by a command that is interrupted, and by one that still waits for it', async () => {
    const { take, taken } = watched();
    const stop = new AbortController();
    const shell = new LocalShell(stop.signal);
    const runs = [1, 2, 3].map(() => shell.run(withTake(take, 'sleep 30\n')));
    await until(() => taken() === 1);
    await sleep(200);
    stop.abort('enough');
    const ended = await Promise.all(runs);
    assert.deepEqual([...new Set(ended.map(({ failure }) => failure?.kind))], ['interrupted']);
    (await take())();
    assert.equal(taken(), 0);
  });

  test('is not waited for where nobody hands out turns', async () => {
    const { stdout } = await local.run(waiting(undefined, 'printf now; printf ENDS\n'));
    assert.equal(stdout, 'ASKSnowENDS');
  });

  test('is taken for the logins of a survey alone, and leaves no trace in what was said', async () => {
    const { take, taken } = watched();
    const first = await take();
    let asked: Command | undefined;
    const shell: Shell = {
      ...{ machine: 'here', account: 'me', hop: (to) => hopFrom(shell, to) },
      run: ({ turn, argv, ...command }) => {
        asked = { ...command, argv: ['sh', '-c', inTurn(quote(argv))], ...(turn && { turn: { ...turn, take } }) };
        return local.run(asked);
      },
    };
    const probe = (name: string, more: Partial<Probe> = {}): Probe => ({ name, argv: ['echo', name], deadline: 10, ...more });
    const late = { when: '[ $SECONDS -lt 2 ]' };
    const probes = [probe('before'), probe('in', { login: true }), probe('also', { login: true, ...late }), probe('after')];
    const told = survey(shell, probes, { deadline: 10 });
    await sleep(2200);
    assert.equal(taken(), 1);
    first();
    const { answers, noise, asked: conversation } = await told;
    assert.deepEqual([...answers.keys()], ['before', 'in', 'also', 'after'], 'what was waited is not counted to the logins');
    assert.equal(noise, '');
    assert.ok(!conversation.stdout.includes('\u001d'));
    const { stdin = '', turn } = asked ?? {};
    assert.match(stdin, /probe before/);
    assert.doesNotMatch(stdin, /probe (in|after)/);
    assert.match(turn?.rest ?? '', /probe in .*probe also .*probe after/s);
    assert.equal(taken(), 0);
  });
});
