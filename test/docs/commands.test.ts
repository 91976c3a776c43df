/** One command line that can only be ours: npx, in any other folder, fetches and runs whatever a public registry holds under a name. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
/** Cucumber's own command is run within a project that has it. */
const BARE = /\bnpx\s+(?!cucumber-js -p )(?:-\S+\s+)*@?[a-z][\w./@-]*/g;

test('no text shows a name to npx', () => {
  const files = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: root, encoding: 'utf8' });
  const texts = files
    .split('\0')
    .filter((name) => /\.(?:ts|js|json|md|feature|ya?ml|sh|service|timer)$|^bin\//.test(name) && name !== 'package-lock.json');
  assert.ok(texts.length > 300);
  const found = texts.flatMap((name) => {
    if (name === 'test/docs/commands.test.ts') return [];
    return (readFileSync(join(root, name), 'utf8').match(BARE) ?? []).map((command) => `${name}: ${command}`);
  });
  assert.deepEqual(found, []);
});

test('such a name would be seen', () => {
  for (const text of ['npx backup-compliance audit', 'run: npx -y @scope/name', 'npx --yes cucumber-js'])
    assert.match(text, new RegExp(BARE.source));
  assert.doesNotMatch('npx cucumber-js -p audit', new RegExp(BARE.source));
});
