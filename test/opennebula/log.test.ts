import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { causeOf } from '../../support/opennebula/causes.ts';
import { directoriesIn, judgedLines } from '../../support/opennebula/log.ts';
import { storiesIn, storyOf } from '../../support/opennebula/stories.ts';
import fc from '../fuzz.ts';
import { failures, failureLog as log } from '../recorded-failures.ts';

const names = Object.keys(failures);

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
      const read = (text: string) => [
        causeOf(text),
        directoriesIn(text, vm),
        storiesIn(text, 0).map(({ begun, end, ended }) => [begun, end, ended]),
      ];
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
    test(`a VM ${what} is not kept`, () => {
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
        const end = storyOf(storiesIn(text, 0), begun)?.end;
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
      storiesIn(text, 0);
      judgedLines(text);
      assert.ok(process.cpuUsage(began).user < 5e6, text.slice(0, 60));
    }
  });
});
