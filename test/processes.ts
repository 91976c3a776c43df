import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

/** A node process of its own that runs some lines with the support code at hand, and prints when it is ready. */
export async function another(home: string, script: string, options: { detached?: boolean } = {}): Promise<ChildProcess> {
  const at = (path: string) => JSON.stringify(new URL(`../support/${path}`, import.meta.url).href);
  const source = `
    const { JournalBook } = await import(${at('actions/journal.ts')});
    const { LocalShell } = await import(${at('machines/local.ts')});
    const shell = new LocalShell();
    ${script}
    console.log('ready');
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', source], {
    env: { ...process.env, HOME: home },
    stdio: ['ignore', 'pipe', 'inherit'],
    ...options,
  });
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  assert.equal(line, 'ready');
  return child;
}

export async function eventually(holds: () => boolean, what: string): Promise<void> {
  for (let tries = 0; tries < 100 && !holds(); tries += 1) await sleep(50);
  assert.ok(holds(), what);
}
