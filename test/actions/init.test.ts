import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const folder = mkdtempSync(join(tmpdir(), 'init test '));
after(() => rmSync(folder, { recursive: true, force: true }));

/** This machine as a front-end whose OpenNebula lists what is in the pool; init and others, in a folder of their own. */
function typed(...args: string[]) {
  const main = fileURLToPath(new URL('../../bin/main.ts', import.meta.url));
  const env = { ...process.env, PATH: `${join(folder, 'bin')}:/usr/bin:/bin`, USER: userInfo().username };
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], { cwd: folder, env, encoding: 'utf8' });
  return { status, said: stdout + stderr };
}

test('init on a cloud without a backup datastore writes a draft, says what to fill in, and no command takes the draft as it is', () => {
  mkdirSync(join(folder, 'bin'));
  for (const pool of ['onedatastore', 'onehost', 'onevm', 'oneimage']) {
    const vms = '<VM_POOL><VM><ID>7</ID><USER_TEMPLATE><LABELS>Gold</LABELS></USER_TEMPLATE></VM></VM_POOL>';
    const listed = pool === 'onevm' ? vms : `<${pool.slice(3).toUpperCase()}_POOL/>`;
    writeFileSync(join(folder, 'bin', pool), `#!/bin/sh\necho '${listed}'\n`);
    chmodSync(join(folder, 'bin', pool), 0o755);
  }
  const { status, said } = typed('init', '--site', 'new.yaml');
  assert.equal(status, 0, said);
  assert.match(
    said,
    /lists no backup datastore .* so new\.yaml is a draft: fill in what is marked FILL IN[\s\S]*check --site new\.yaml[\s\S]*backup-compliance setup --site new\.yaml/,
  );
  assert.doesNotMatch(said, /site\.example\.yaml|npx/);
  const draft = readFileSync(join(folder, 'new.yaml'), 'utf8');
  assert.match(draft, /^# protect:\n# +vms: all +# 1 VM now.*\n(?:# .*\n)*# .*label: Gold/m);
  assert.match(said, /“protect” is drafted in it, commented out: 1 VM, labels Gold \(1\)\./);
  assert.equal(draft.match(/FILL IN/g)?.length, 1);
  for (const command of ['check', 'setup', 'audit']) {
    const refused = typed(command, '--site', 'new.yaml');
    assert.equal(refused.status, 3, refused.said);
    assert.match(refused.said, /new\.yaml:\d+:\d+: .*rsync_host/);
  }
  writeFileSync(join(folder, 'new.yaml'), draft.replace(/rsync_host: "" .*/, 'rsync_host: backup01.example.net'));
  assert.doesNotMatch(typed('setup', '--plan', '--site', 'new.yaml').said, /new\.yaml:\d/, 'nothing else is to be filled in');
  assert.equal(typed('init', '--site', 'new.yaml').status, 3, 'what is there is not overwritten');
});
