import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { LocalShell } from '../../support/machines/local.ts';
import type { Command } from '../../support/machines/shell.ts';
import { another, eventually } from '../processes.ts';

const folder = mkdtempSync(join(tmpdir(), 'hold test '));
after(() => rmSync(folder, { recursive: true, force: true }));

describe('LocalShell.hold', { concurrency: true }, () => {
  const stay = (name: string): Command => ({
    argv: ['bash', '-c', 'echo "held $$"; cat > /dev/null; echo ended > "$1"', 'bash', join(folder, name)],
    deadline: 10,
  });
  const ended = (name: string) => existsSync(join(folder, name));

  test('stays until it is let go, and has ended then', async () => {
    const held = await new LocalShell().hold(stay('released'));
    assert.match(held.said, /^held \d+$/);
    assert.equal(held.failure, undefined);
    await sleep(300);
    assert.equal(ended('released'), false);
    await held.release();
    assert.equal(ended('released'), true);
    await held.release();
  });

  test('outlives the interruption of the run', async () => {
    const stop = new AbortController();
    const shell = new LocalShell(stop.signal);
    const held = await shell.hold(stay('interrupted'));
    stop.abort('the run was interrupted');
    await sleep(300);
    assert.equal(ended('interrupted'), false);
    await held.release();
    assert.equal(ended('interrupted'), true);
  });

  test('ends when the process that holds it dies', async () => {
    const child = await another(folder, `await shell.hold(${JSON.stringify(stay('orphaned'))});`);
    await sleep(200);
    assert.equal(ended('orphaned'), false);
    child.kill('SIGKILL');
    await eventually(() => ended('orphaned'), 'it ends with its holder');
  });

  test('Ctrl-C does not end it, which the terminal sends to the whole group', async () => {
    const script = `process.on('SIGINT', () => console.log('interrupted')); await shell.hold(${JSON.stringify(stay('group'))});`;
    const child = await another(folder, script, { detached: true });
    assert.ok(child.pid && child.stdout);
    const heard = once(createInterface({ input: child.stdout }), 'line');
    process.kill(-child.pid, 'SIGINT');
    assert.deepEqual(await heard, ['interrupted']);
    await sleep(300);
    assert.equal(ended('group'), false);
    child.kill('SIGKILL');
    await eventually(() => ended('group'), 'it ends with its holder');
  });

  for (const [what, argv] of [
    ['a program that is not there', ['no-such-program']],
    ['a program that ends without a word', ['true']],
    ['a program that says nothing in time', ['cat']],
  ] as const) {
    test(`${what} is told of, and can be let go`, async () => {
      const held = await new LocalShell().hold({ argv: [...argv] as [string], deadline: 1 });
      assert.equal(held.said, '');
      assert.match(held.failure?.message ?? '', new RegExp(argv[0]));
      await held.release();
    });
  }

  test('one that does not end when it is let go is not waited for', async () => {
    const held = await new LocalShell().hold({ argv: ['sh', '-c', 'echo held; exec sleep 6'], deadline: 5 });
    const began = Date.now();
    await held.release();
    assert.ok(Date.now() - began < 5000);
  });
});
