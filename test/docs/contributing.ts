/** docs/contributing.md's example of a requirement, followed to the letter in a copy of this tree, by `npm run try-docs`. */
import assert from 'node:assert/strict';
import { appendFileSync, cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { execa } from 'execa';

const root = join(import.meta.dirname, '../..');
const section =
  /^## A requirement of the suite's own$([\s\S]*)^## How it is built$/m.exec(
    readFileSync(join(root, 'docs/contributing.md'), 'utf8'),
  )?.[1] ?? '';

/** What is to be written: a paragraph that begins with a number names the file, the block after it is what is added to it. */
const steps = [...section.matchAll(/^\*\*\d\. .*?(At the end of|A new file) `([^`]+)`[\s\S]*?```\w+\n([\s\S]*?)```$/gm)].map(
  ([, how, file = '', text = '']) => ({ isNew: how === 'A new file', file, text }),
);

test('the example in docs/contributing.md is a requirement, in six files', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'backup-compliance-contributing-'));
  const run = (file: string, ...args: string[]) => execa(file, args, { cwd: folder, preferLocal: true, localDir: root });
  const git = (...args: string[]) => run('git', '-c', 'user.name=x', '-c', 'user.email=x@example.net', ...args);
  try {
    const { stdout } = await execa('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: root });
    for (const file of stdout.split('\0').filter((name) => name !== '' && existsSync(join(root, name))))
      cpSync(join(root, file), join(folder, file));
    // The lab's machines see no more of this one than the copy; on one file system links take no time.
    await run('sh', '-c', 'cp -al "$1" . 2> /dev/null || { rm -rf node_modules; cp -a "$1" .; }', 'sh', join(root, 'node_modules'));
    await git('init', '-q');
    await git('add', '-A');
    await git('commit', '-qm', 'before');

    assert.equal(steps.length, 6);
    for (const { isNew, file, text } of steps) {
      assert.equal(existsSync(join(folder, file)), !isNew, file);
      (isNew ? writeFileSync : appendFileSync)(join(folder, file), text);
    }
    const written = (await git('status', '--porcelain')).stdout.split('\n').map((line) => line.slice(3));
    assert.deepEqual(written.toSorted(), steps.map(({ file }) => file).toSorted());

    await run('node', 'docs/catalogue.ts');
    await run('tsc', '-p', '.');
    await run(
      'node',
      '--test',
      'test/checks/datastore.test.ts',
      'test/verdict/blocking.test.ts',
      'test/gherkin.test.ts',
      'test/report/explain.test.ts',
    );
    const verdicts = await run('node', 'test/worlds/verdicts.ts', '--json', 'size-limited');
    const { worlds, sensitivity, specificity, wrongReasons } = JSON.parse(verdicts.stdout.split('\n').at(-1) ?? '');
    assert.deepEqual({ worlds, sensitivity, specificity, wrongReasons }, { worlds: 1, sensitivity: 1, specificity: 1, wrongReasons: 0 });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
