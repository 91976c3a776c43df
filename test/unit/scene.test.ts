import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { directories } from '../../support/actions/scene.ts';
import type { Cloud } from '../../support/facts/cloud.ts';
import { LocalShell } from '../../support/machines/local.ts';
import type { Command } from '../../support/machines/shell.ts';
import { wholeCloud } from './made.ts';

test('a greeting without an end of its line hides no directory, and is none', async () => {
  const own = mkdtempSync(join(tmpdir(), 'storage-'));
  mkdirSync(join(own, '0', '5de970'), { recursive: true });
  const shell = new LocalShell();
  const run = async (command: Command) => {
    const answer = await shell.run(command);
    return { ...answer, stdout: `Welcome to backup01${answer.stdout}` };
  };
  const cloud = { site: wholeCloud().site, onBackupServer: { run } } as unknown as Cloud;
  const found = await directories(cloud, { own, vm: '0', datastore: { id: '100', name: 'x' } });
  rmSync(own, { recursive: true });
  assert.deepEqual('value' in found && found.value, ['0', '0/5de970']);
});
