import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { type Removal, remove } from '../../support/actions/removal.ts';
import { LocalShell } from '../../support/machines/local.ts';
import type { Shell } from '../../support/machines/shell.ts';

const own = mkdtempSync(join(tmpdir(), "own's "));
after(() => rmSync(own, { recursive: true }));
const file = (path: string) => {
  mkdirSync(join(own, path, '..'), { recursive: true });
  writeFileSync(join(own, path), 'x');
};
/** A server whose login prints something before. */
const server = (greeting = ''): Shell => {
  const here = new LocalShell();
  const run: Shell['run'] = async (command) => {
    const answer = await here.run(command);
    return { ...answer, machine: 'backup01', stdout: `${greeting}${answer.stdout}` };
  };
  return { machine: 'backup01', account: 'oneadmin', run, hop: () => assert.fail() };
};
const removed = (...removals: [how: Removal['how'], path: string][]) =>
  remove(
    server('Welcome to backup01'),
    removals.map(([how, path]) => ({ how, path: join(own, path) })),
    10,
  );
const told = (...paths: string[]) => paths.map((path) => `${join(own, path)} on backup01`);
const isThere = (path: string) => existsSync(join(own, path));

test('what is removed goes with all in it, what is called empty only if it is; in that order', async () => {
  for (const path of ['.probe', '0/aaaaaa/disk.0.0', '0/bbbbbb/vm.xml', '8/cccccc/disk.0.0']) file(path);
  const { undone, left, answer } = await removed(
    ['probe', '.probe'],
    ['debris', '0/aaaaaa'],
    ['empty', '0'],
    ['canary', '8/cccccc'],
    ['empty', '8'],
  );
  assert.deepEqual(undone, told('.probe', '0/aaaaaa', '8/cccccc', '8'));
  assert.deepEqual(left, []);
  assert.deepEqual(['.probe', '0/aaaaaa', '0/bbbbbb/vm.xml', '8'].map(isThere), [false, false, true, false]);
  assert.match(answer.command, /^rm -f '[^;]*probe'; rm -rf [^;]*aaaaaa'; rmdir [^;]*0'; rm -rf [^;]*cccccc'; rmdir [^;]*8'$/);
});

test('of what is not there nothing is said, but of a directory that nobody needs', async () => {
  const { undone, left } = await removed(['probe', '.gone'], ['canary', '9/gone'], ['empty', '9']);
  assert.deepEqual([undone, left], [[], []]);
});

test('what cannot be removed is told of, with why', async () => {
  file('.kept/in/it');
  const { undone, left } = await removed(['probe', '.kept']);
  assert.deepEqual(undone, []);
  assert.match(left.join(), /^\S+ \S*\.kept on backup01: not removed \(rm: cannot remove .*Is a directory\)$/);
  assert.ok(isThere('.kept/in/it'));
});

test('what rm refuses is not called removed', async () => {
  for (const how of ['canary', 'debris'] as const) {
    const path = `${own}/.`;
    const { undone, left } = await remove(server(), [{ how, path }], 10);
    assert.deepEqual([undone, left.length], [[], how === 'canary' ? 1 : 0]);
  }
});
