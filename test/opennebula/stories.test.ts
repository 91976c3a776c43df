import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { judgedLines } from '../../support/opennebula/log.ts';
import { isStuck, storiesIn, storyOf } from '../../support/opennebula/stories.ts';
import { failures, failureLog as log } from '../recorded-failures.ts';

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
  const end = (text: string, begun: string, utcOffset = 0) => storyOf(storiesIn(text, utcOffset), at(begun) - utcOffset)?.end;

  test('created, failed, and not over', () => {
    assert.equal(end(created('05:00:44', '05:00:47'), '05:00:44'), 'created');
    assert.equal(end(failed('05:00:44', '05:00:47'), '05:00:44'), 'failed');
    assert.equal(end(backup('05:00:44'), '05:00:44'), undefined);
    assert.equal(end('', '05:00:44'), undefined);
    for (const [name, { ended = 'failed' }] of Object.entries(failures)) {
      const first = storiesIn(log(name), 0).find(({ begun }) => Number.isFinite(begun));
      assert.equal(first?.end ?? null, ended, name);
    }
  });

  test('of several, the one that began then', () => {
    const text = failed('05:00:10', '05:00:12') + created('05:00:44', '05:00:47') + failed('05:10:00', '05:10:02');
    assert.equal(end(text, '05:00:10'), 'failed');
    assert.equal(end(text, '05:00:44'), 'created');
    assert.equal(end(text, '05:00:45'), 'created', 'whole seconds lie one apart');
    assert.equal(end(text, '05:00:39'), 'created', 'the log lags behind the books');
    assert.equal(end(text, '05:00:38'), undefined, 'what begins much later is another one');
    assert.equal(end(text, '05:10:10'), undefined);
    const soon = failed('05:00:43', '05:00:44') + created('05:00:44', '05:00:47');
    assert.equal(end(soon, '05:00:44'), undefined, 'it may be either of two');
    assert.equal(end(soon, '05:00:43'), 'failed');
    assert.equal(end(failed('05:00:42', '05:00:43') + created('05:00:44', '05:00:47'), '05:00:44'), 'created');
    assert.deepEqual(
      storiesIn(text, 0).map(({ begun, ended }) => [begun, ended]),
      [
        [at('05:00:10'), at('05:00:12')],
        [at('05:00:44'), at('05:00:47')],
        [at('05:10:00'), at('05:10:02')],
      ],
    );
    assert.match(storiesIn(text, 0)[0]?.text ?? '', /^.*BACKUP\n.*Failed to execute datastore driver operation: backup\.$/);
  });

  for (const offset of [5.75 * 3600, -8 * 3600])
    test(`in local time, ${offset} s ahead of UTC`, () => {
      const text = failed('05:00:10', '05:00:12') + created('05:00:44', '05:00:47');
      assert.equal(end(text, '05:00:44', offset), 'created');
      assert.equal(storiesIn(text, offset).at(-1)?.ended, at('05:00:47') - offset);
    });

  test('of what has not ended, no time of an end; of what has no time, nothing', () => {
    const [open] = storiesIn(backup('05:00:44'), 0);
    assert.deepEqual(Object.keys(open ?? {}), ['begun', 'text']);
    for (const line of ['[VM][I]: New LCM state is BACKUP', 'Mon Nov 23 05:00 2026 [VM][I]: New LCM state is BACKUP'])
      assert.deepEqual(storiesIn(line, 0), []);
  });

  test('on a day of one digit, which the log writes with two blanks before it', () => {
    const text = created('05:00:44', '05:00:47').replaceAll('Nov 23', 'Nov  3');
    assert.equal(storiesIn(text, 0)[0]?.begun, at('05:00:44') - 20 * 86_400);
  });

  test('what fails of a VM that is powered off is over, too', () => {
    const text = failed('05:00:44', '05:00:47').replace('New LCM state is RUNNING', 'New state is POWEROFF');
    assert.equal(end(text, '05:00:44'), 'failed');
  });

  test('a VM that is powered off', () => {
    const text = created('05:00:44', '05:00:47')
      .replace('BACKUP\n', 'BACKUP_POWEROFF\n')
      .replace('New LCM state is RUNNING', 'New state is POWEROFF');
    assert.equal(end(text, '05:00:44'), 'created');
  });

  test('never begun: it has no end', () =>
    assert.equal(storyOf(storiesIn(created('05:00:44', '05:00:47'), 0), Number.POSITIVE_INFINITY), undefined));

  test('one that had begun before the log did is told, too', () => {
    const [early, own] = storiesIn(
      `${failed('05:00:10', '05:00:12').split('\n').slice(1).join('\n')}${created('05:00:44', '05:00:47')}`,
      0,
    );
    assert.deepEqual([early?.begun, early?.end, own?.end], [Number.NEGATIVE_INFINITY, 'failed', 'created']);
    assert.equal(storiesIn('Mon Nov 23 05:00:44 2026 [Z0][VM][I]: New state is ACTIVE\n', 0).length, 0);
    for (const operation of ['backup', 'prebackup', 'prebackup_live']) {
      const line = `Mon Nov 23 05:00:44 2026 [Z0][VMM][I]: Failed to execute datastore driver operation: ${operation}.`;
      assert.equal(storiesIn(line, 0).length, 1, operation);
    }
  });

  test('a VM is past help where a second full backup was asked for in SNAPSHOT mode, and nowhere else', () => {
    for (const name of Object.keys(failures)) assert.equal(isStuck(judgedLines(log(name))), isStuck(log(name)), name);
    assert.deepEqual(
      Object.keys(failures).filter((name) => isStuck(log(name))),
      Object.keys(failures).filter((name) => failures[name]?.cause?.includes('disk.0.snap/1')),
    );
    assert.ok(Object.keys(failures).some((name) => isStuck(log(name))));
    assert.ok(isStuck('/var/lib/one/datastores/0/3/var/lib/one/datastores/0/3/disk.10.snap/12: Could not create'));
  });
});
