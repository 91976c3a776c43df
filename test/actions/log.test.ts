import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { directoriesIn, endOf, judgedLines } from '../../support/actions/log.ts';
import { causeOf } from '../../support/opennebula/causes.ts';
import fc from '../fuzz.ts';
import { failures, failureLog as log } from '../recorded-failures.ts';

const names = Object.keys(failures);
const begun = { begun: 0, utcOffset: 0 };

describe('the directories that a log names', () => {
  for (const [name, { directories = [], vm = '0' }] of Object.entries(failures))
    test(name, () => {
      assert.deepEqual(directoriesIn(log(name), vm), directories);
      assert.deepEqual(directoriesIn(log(name), '9'), []);
    });

  test('of several failures, and of one that was cancelled', () => {
    assert.deepEqual(directoriesIn(log('disk-full') + log('sshd-down'), '0'), ['61de4e', 'bd4b42']);
    assert.deepEqual(directoriesIn('Backup cancelled: f59e74\n', '0'), ['f59e74']);
  });
});

describe('of a log no more is kept than what is judged', () => {
  for (const name of names)
    test(`${name}: what is read off it stays, and no base64`, () => {
      const [whole, kept] = [log(name), judgedLines(log(name))];
      assert.doesNotMatch(kept, /[A-Za-z0-9+]{60}/);
      const { vm = '0' } = failures[name] ?? {};
      const read = (text: string) => [causeOf(text), directoriesIn(text, vm), endOf(text, begun)];
      assert.deepEqual(read(kept), read(whole));
      assert.equal(
        judgedLines(kept).replaceAll(/^\[… .*\n/gm, ''),
        kept.replaceAll(/^\[… .*\n/gm, ''),
        'it says nothing more the second time',
      );
    });

  test('how much was left out is said', () => {
    const kept = judgedLines(log('qemuimg-missing-on-host'));
    assert.ok(kept.length < 4000, `${kept.length}`);
    assert.match(kept, /^\[… \d+ lines that nothing is judged by\]$/m);
    assert.match(kept, /\[… \d+ characters of base64\]/);
  });

  const secret = Buffer.from(`<VM><CONTEXT><ROOT_PW>${'hunter2'.repeat(30)}</ROOT_PW></CONTEXT></VM>`).toString('base64');
  const wrapped = (between: string) => (secret.match(/.{1,60}/g) ?? []).join(between);
  const time = 'Mon Nov 23 05:30:09 2026 [Z0][VMM]';
  for (const [what, text] of [
    ['in one piece', `${time}[E]: prebackup_live:   [STDERR] "+ echo '${secret}'\\nno such thing\\n"`],
    ['in lines of the log', `${time}[I]: + echo '${wrapped(`\n${time}[I]: `)}\n${time}[I]: '`],
    ['in lines of the step that failed', `${time}[E]: prebackup_live: echo "${wrapped(`\n${time}[E]: prebackup_live: `)}"`],
    ['as bash quotes it', `${time}[E]: prebackup_live:   [STDERR] "+ echo '${wrapped('\\n')}\\n'\\nno such thing\\n"`],
    ['within the last word', `${time}[E]: BACKUP: Command failed: echo "${secret}" > vm.xml`],
  ] as const)
    test(`a virtual machine ${what} is not kept`, () => {
      const kept = judgedLines(`${text}\n`);
      for (const piece of secret.match(/.{20}/g) ?? []) assert.ok(!kept.includes(piece), kept);
    });
});

describe('whatever the log', () => {
  test('there is no crash, and nothing is taken for a cause where nothing failed', () => {
    const line = fc.oneof(
      fc.string(),
      fc.string({ unit: 'binary' }),
      fc.constantFrom(...log('disk-full').split('\n'), ...log('sshd-down').split('\n'), "+ '", "\\n'", '[E]: x:   [STDERR] "'),
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 30 }), fc.integer({ min: -1, max: 2e9 }), (lines, begun) => {
        const text = lines.join('\n');
        const cause = causeOf(text);
        if (!/\[E\]: |ERROR: |\[I\]: Error /.test(text)) assert.equal(cause, undefined);
        judgedLines(text);
        for (const directory of directoriesIn(text, '0')) assert.match(directory, /^[0-9a-f]{6}$/);
        const end = endOf(text, { begun, utcOffset: 0 });
        if (!text.includes('VM backup successfully created.')) assert.notEqual(end, 'created');
        if (!/New LCM state is BACKUP/.test(text)) assert.equal(end, undefined);
      }),
      { numRuns: 1000 },
    );
  });

  const said = (stderr: string) => `Mon Nov 23 05:30:09 2026 [Z0][VMM][E]: backup:   [STDERR] "${stderr}"\n`;
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
      judgedLines(text);
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
    for (const [name, { ended = 'failed' }] of Object.entries(failures)) assert.equal(endOf(log(name), begun) ?? null, ended, name);
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
