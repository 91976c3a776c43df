import assert from 'node:assert/strict';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { Rig } from '../rig.ts';
import { pack, unpack } from './pack.ts';

const checkout = fileURLToPath(new URL('../..', import.meta.url));
const below = (folder: string, root = checkout): string[] =>
  readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length));

describe('the package', () => {
  const work = realpathSync(mkdtempSync(join(tmpdir(), 'package-')));
  let installed = '';
  before(async () => {
    installed = await unpack(await pack(work), work);
  });
  after(() => rmSync(work, { recursive: true }));

  it('holds what runs, what it reads, what explains it, and nothing else', () => {
    const sources = ['bin', 'lab', 'steps', 'support'].flatMap((folder) => below(folder)).filter((name) => name.endsWith('.ts'));
    const compiled = sources.filter((name) => name !== 'lab/main.ts').map((name) => `dist/${name.replace(/ts$/, 'js')}`);
    const types = sources.filter((name) => name.startsWith('support/')).map((name) => `dist/${name.replace(/ts$/, 'd.ts')}`);
    const docs = below('docs').filter((name) => /^docs\/[\w-]+\.md$/.test(name) && name !== 'docs/mutation.md');
    const others = [
      ...[
        'CHANGELOG.md',
        'LICENSE',
        'README.md',
        'package.json',
        'site.example.yaml',
        'waivers.example.yaml',
        'cucumber.js',
        'cucumber.d.ts',
      ],
      ...['bin/backup-compliance', ...below('lab').filter((name) => name.endsWith('.sh'))],
      ...['docs/verdict.schema.json', 'docs/merged.schema.json', 'docs/pictures/not-met-BDS-102.png'],
      ...['docs/pictures/bench.svg', 'docs/pictures/terminal.svg', 'docs/sample-report.html'],
    ];
    const expected = [...compiled, ...types, ...docs, ...below('features'), ...below('examples'), ...others];
    assert.deepEqual(below('', `${installed}/`).sort(), expected.sort());
  });

  const command = (path: string, ...args: string[]) =>
    execa(join(installed, 'bin/backup-compliance'), args, { env: { PATH: path, HOME: work }, extendEnv: false, reject: false });

  it('runs with the Node.js in PATH, and refuses one that is too old, or none, with 3', async () => {
    const { exitCode, stdout } = await command(`${join(checkout, 'node_modules/.bin')}:/usr/bin:/bin`, 'explain', 'BDS-101');
    assert.equal(exitCode, 0);
    assert.match(stdout, /^BDS-101 {2}The front-end logs in/);
    const tools = join(work, 'tools');
    mkdirSync(tools);
    for (const name of ['sh', 'dirname', 'readlink']) symlinkSync(realpathSync(`/usr/bin/${name}`), join(tools, name));
    const none = await command(tools, 'explain');
    assert.equal(none.exitCode, 3);
    assert.match(none.stderr, /^backup-compliance: expected Node\.js 22 or newer in PATH, found none\./);
    writeFileSync(join(tools, 'node'), '#!/bin/sh\ncase $1 in --version) echo v20.19.0;; -p) echo false;; esac\n', { mode: 0o755 });
    const old = await command(tools, 'explain');
    assert.equal(old.exitCode, 3);
    assert.match(old.stderr, /found v20\.19\.0/);
  });

  describe('requirements of your own', () => {
    const rig = Rig.forTests();
    before(() => cpSync(join(installed, 'examples/own-requirement'), work, { recursive: true }));

    const audit = (...args: string[]) => {
      const cucumber = join(checkout, 'node_modules/@cucumber/cucumber/bin/cucumber.js');
      const script = `cd ${work} && BACKUP_COMPLIANCE_REPORTS=${rig.reports} exec "$@"`;
      return rig.lab.run(['sh', '-c', script, 'sh', process.execPath, cucumber, '-p', 'audit', ...args]);
    };
    const report = () => readFileSync(join(rig.reports, 'latest/index.html'), 'utf8');

    it('have types', async () => {
      const options = ['--noEmit', '--strict', '--skipLibCheck', '--module', 'nodenext', '--target', 'es2024', '--types', 'node'];
      writeFileSync(join(work, 'package.json'), '{"type":"module"}');
      const checked = await execa({
        cwd: work,
        preferLocal: true,
        localDir: checkout,
        reject: false,
      })`tsc ${options} --allowJs --checkJs --allowImportingTsExtensions cucumber.js steps/house-rules.steps.ts`;
      assert.equal(checked.stdout, '');
    });

    it('are judged beside ours, in the same verdict and report', async () => {
      const { exitCode, stdout, stderr } = await audit();
      assert.equal(exitCode, 0, stdout + stderr);
      rig.assertAgree({ exitCode, stdout });
      const { outcome, feature, subjects } = rig.requirement('ORG-001');
      assert.deepEqual([outcome, feature, subjects], ['met', 'features/house-rules.feature:5', undefined]);
      assert.match(rig.requirement(101).feature, /^features\/1-passwordless-login\.feature:\d+$/);
      assert.ok(rig.latest.requirements.length > 15);
      assert.match(
        report(),
        /<h3>House rules<\/h3><details class="requirement" id="ORG-001"><summary><b>ORG-001<\/b><span class="title">The backup server shows/,
      );
      assert.doesNotMatch(report(), / ONLY: /);
      assert.ok(!existsSync(join(work, 'reports')));
    });

    it('are not met where they are not, and fill no gap that one of ours leaves', async () => {
      const feature = join(work, 'features/house-rules.feature');
      writeFileSync(feature, readFileSync(feature, 'utf8').replace('"ssh-ed25519"', '"ssh-rsa"'));
      const { exitCode, stdout } = await audit('--tags', 'not @BDS-205');
      assert.equal(exitCode, 1, stdout);
      rig.assertAgree({ exitCode, stdout });
      assert.match(rig.requirement('ORG-001').reason, /^backup01\.example\.net: expected a host key of type ssh-rsa, found ssh-ed25519\.$/);
      assert.match(report(), /BDS-101, BDS-102, BDS-103 AND \d+ MORE ONLY: NOT COMPLIANT/);
    });
  });
});
