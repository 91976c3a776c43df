/**
 * Tries what is published, the long way: `npm run try-package`. Packs, has publint and attw look at it, installs it into an empty folder
 * under each Node.js and runs the demo there, then makes the archive and audits with it from a front-end that has no Node.js.
 */

import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { execa } from 'execa';
import { Lab } from '../../lab/machines/lab.ts';
import { latest } from '../rig.ts';
import { pack, withoutOurs } from './pack.ts';

const work = realpathSync(mkdtempSync(join(tmpdir(), 'try-package-')));
const said = (what: string) => console.log(`${((performance.now() - started) / 1000).toFixed(0).padStart(4)} s  ${what}`);
const started = performance.now();

try {
  const tarball = await pack(work);
  said(`packed ${tarball}`);
  await lint(tarball);
  for (const version of ['22', '24']) await install(tarball, version);
  await unpackArchive();
} finally {
  rmSync(work, { recursive: true });
}

async function lint(tarball: string): Promise<void> {
  const tool = (name: string, command: string, ...args: string[]) =>
    execa({ cwd: join(work, 'checkout'), stdio: 'inherit' })`npm exec --yes --package=${name} -- ${command} ${args} ${tarball}`;
  await tool('publint@0.3', 'publint', '--strict');
  // What it is to overlook is in .attw.json: the package has ES modules alone, as steps have.
  await tool('@arethetypeswrong/cli@0.18', 'attw');
  said('publint and attw have nothing to say');
}

/** As a user would: an empty folder, npm install, and the command that is linked there. */
async function install(tarball: string, version: string): Promise<void> {
  const folder = join(work, `node-${version}`);
  mkdirSync(folder);
  // The Node.js that it runs with stands apart, as a system's does.
  await execa({ cwd: folder })`npm install --silent --prefix ${join(folder, 'system')} node@${version}`;
  const user = join(folder, 'user');
  mkdirSync(user);
  const env = { PATH: `${join(folder, 'system/node_modules/.bin')}:${withoutOurs()}` };
  await execa({ cwd: user, env })`npm install --silent ${tarball}`;
  const { stdout: node } = await execa({ cwd: user, env })`node --version`;
  assert.match(node, new RegExp(`^v${version}\\.`));
  await execa({ cwd: user, env, stdio: 'inherit' })`node_modules/.bin/backup-compliance demo`;
  assert.equal(latest(join(user, 'reports')).verdict, 'compliant');
  const broken = await execa({ cwd: user, env, reject: false })`node_modules/.bin/backup-compliance demo --break noisy-bashrc-on-backup`;
  assert.equal(broken.exitCode, 1, broken.stderr);
  said(`installed and demonstrated under ${node}`);
}

async function unpackArchive(): Promise<void> {
  const archive = await makeArchive();
  // Reports are the one folder that a front-end shares with its lab.
  await execa`tar -xzf ${archive} -C ${work}`;
  const lab = await Lab.up({ name: `try-package-${process.pid}`, reports: work });
  try {
    const folder = join(work, basename(archive, '.tar.gz'));
    nothingForDevelopers(folder);
    const withoutNode =
      'mkdir tools && ln -s /usr/bin/* tools/ && rm -f tools/node tools/npm tools/npx && export PATH=~/tools:/usr/local/bin';
    const audit = `${withoutNode} && ! command -v node && ${folder}/backup-compliance audit --site ~/site.yaml --reports ${work}/reports`;
    const { exitCode, stdout, stderr } = await lab.shell('frontend01', ['sh', '-c', audit]);
    assert.equal(exitCode, 0, stdout + stderr);
    assert.equal(latest(join(work, 'reports')).verdict, 'compliant');
    said('audited from the archive, on a front-end without Node.js');
  } finally {
    await lab.down();
  }
}

/** The lock file tells what only those who work on it need; Node.js is in the archive on purpose. */
function nothingForDevelopers(folder: string): void {
  const { packages } = JSON.parse(readFileSync(join(work, 'checkout/package-lock.json'), 'utf8')) as {
    packages: Record<string, { dev?: true }>;
  };
  const developers = Object.keys(packages).filter((path) => packages[path]?.dev && path !== 'node_modules/node' && path !== 'bin');
  assert.ok(developers.includes('node_modules/typescript'));
  assert.deepEqual(
    developers.filter((path) => existsSync(join(folder, path))),
    [],
  );
}

async function makeArchive(): Promise<string> {
  const copy = join(work, 'checkout');
  await execa({ cwd: copy, stdio: 'inherit' })`npm run -s archive`;
  return join(copy, readdirSync(copy).find((name) => name.endsWith('.tar.gz')) ?? '');
}
