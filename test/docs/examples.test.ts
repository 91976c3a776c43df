/** What can be run of the files in examples/ is run; the services they are for are not here. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments, visit } from 'yaml';

const root = fileURLToPath(new URL('../..', import.meta.url));
const examples = join(root, 'examples');
const names = readdirSync(examples, { withFileTypes: true }).flatMap((entry) => (entry.isFile() ? [entry.name] : []));
const source = (name: string) => readFileSync(join(examples, name), 'utf8');
const work = mkdtempSync(join(tmpdir(), 'examples-'));
after(() => rmSync(work, { recursive: true, force: true }));
const run = (program: string, args: readonly string[], options: object = {}) =>
  spawnSync(program, args, { encoding: 'utf8', cwd: work, ...options });

describe('the examples', () => {
  test('name commands and options that there are', () => {
    const help = new Map<string, string>();
    const helpOf = (command: string) => {
      if (!help.has(command)) help.set(command, run(join(root, 'bin/backup-compliance'), [command, '--help']).stdout);
      return help.get(command) ?? '';
    };
    const texts = [
      ...names.map((name) => [name, source(name)] as const),
      ['docs/operators.md', readFileSync(join(root, 'docs/operators.md'), 'utf8')] as const,
    ];
    const found = texts.flatMap(([name, text]) =>
      [...text.matchAll(/(?:bin\/|`)backup-compliance,? ([a-z-]+)(.*)/g)].map(
        ([, command = '', rest = '']) => [name, command, rest] as const,
      ),
    );
    assert.deepEqual([...new Set(found.map(([, command]) => command))].sort(), [
      'audit',
      'cleanup',
      'gate',
      'init',
      'merge',
      'status',
      'verify-evidence',
    ]);
    for (const [name, command, rest] of found) {
      assert.match(helpOf(command), new RegExp(`^Usage: backup-compliance ${command} `), `${name}: ${command}`);
      for (const [option] of rest.matchAll(/--[a-z-]+/g)) assert.ok(helpOf(command).includes(option), `${name}: ${command} ${option}`);
    }
  });

  const { stdout: version } = run('systemd-analyze', ['--version']);
  test('for systemd are what systemd takes', { skip: version === null && 'there is no systemd-analyze' }, () => {
    const units = names.filter((name) => /\.(service|timer)$/.test(name)).map((name) => join(work, name));
    const verify = () => {
      const { status, stdout, stderr } = run('systemd-analyze', ['verify', ...units]);
      return `${status}${stdout}${stderr}`;
    };
    for (const name of names) writeFileSync(join(work, name), source(name).replaceAll('/opt/opennebula-backup-compliance/', root));
    assert.equal(verify(), '0');
    writeFileSync(
      join(work, 'backup-compliance.service'),
      source('backup-compliance.service').replace('ProtectSystem=', 'ProtectSystems='),
    );
    assert.match(verify(), /ProtectSystems/, 'a setting that is none would be seen');
  });

  for (const name of names.filter((each) => /\.ya?ml$/.test(each))) {
    test(`${name} is YAML, and its scripts are shell`, () => {
      const scripts: string[] = [];
      for (const document of parseAllDocuments(source(name))) {
        assert.ok('errors' in document && document.errors.length === 0, JSON.stringify('errors' in document && document.errors));
        visit(document, {
          Scalar(key, { value }) {
            if (typeof value === 'string' && key !== 'key' && /\s/.test(value)) scripts.push(value);
          },
        });
      }
      const commands = scripts.filter((script) => /backup-compliance |ssh-add|npm ci|cp -rL/.test(script));
      assert.ok(commands.length > 0);
      for (const script of commands) {
        const { status, stderr } = run('bash', ['-n', '-c', script.replaceAll(/\$\{\{.*?\}\}/g, 'x')]);
        assert.equal(status, 0, `${script}\n${stderr}`);
      }
    });
  }

  test('name every site file there is', () => {
    const sites = join(work, 'sites');
    mkdirSync(sites);
    for (const name of ['east.yaml', 'west-2.yaml', 'README']) writeFileSync(join(sites, name), '');
    const [list = ''] = /ls sites .*\)(?=")/.exec(source('github-actions-many.yml')) ?? [];
    assert.deepEqual(JSON.parse(run('sh', ['-c', list.slice(0, -1)]).stdout), ['east', 'west-2']);
    for (const [name, folder] of [
      ['github-actions-many.yml', 'clouds/cloud-'],
      ['gitlab-ci.yml', 'clouds/'],
    ] as const) {
      const [, dirs = ''] = /merge (\$\(.*\)) --reports/.exec(source(name)) ?? [];
      assert.equal(run('sh', ['-c', `echo ${dirs}`]).stdout.trim(), `${folder}east ${folder}west-2`);
    }
    const kubernetes = source('kubernetes.yaml');
    const { length } = [...kubernetes.matchAll(/\/reports\/\d+,/g)];
    for (const setting of ['completions', 'parallelism', 'maxFailedIndexes'])
      assert.match(kubernetes, new RegExp(`^ +${setting}: ${length}\\b`, 'm'));
    assert.equal([...kubernetes.matchAll(/--from-file=\d+\.yaml/g)].length, length);
  });
});
